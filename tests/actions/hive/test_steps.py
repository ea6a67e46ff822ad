"""Steps on hives: do they take what they say, do nothing with a reason, and find what Windows would?"""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from guestfix.actions.hive import create_key, delete_key, delete_value, keys, remove_strings, set_value
from guestfix.registry import Hive
from guestfix.registry.document import HiveDocument
from guestfix.registry.reg_text import diff_lines, parse
from guestfix.registry.writer import write
from guestfix.rules.action import Step

SYSTEM = r"""
[ControlSet001\Services\stornvme]
"Start"=dword:3
[ControlSet001\Services\stornvme\StartOverride]
"0"=dword:3
[ControlSet002\Services\STORNVME]
"start"=dword:0
[ControlSetX\Services\stornvme]
"Start"=dword:3
[ControlSet001\Control\Class\{4d36e967-e325-11ce-bfc1-08002be10318}]
"UpperFilters"=str(7):"partmgr","vmware[1]"
"LowerFilters"=str(7):"prl_strg"
"""


def hive(text: str = SYSTEM) -> HiveDocument:
    return HiveDocument(Hive.of(write(parse(text))))


def run(step: Step[Any, Any], document: HiveDocument, **given: Any) -> tuple[list[str], str]:
    """No condition here, so no scope is looked at."""
    scope: Any = None
    params = step.params.model_validate({"because": "why", **given})
    edited = step.run(document, params, scope, "/SYSTEM")
    lines = [f"{mark}{line}".strip() for mark, line in diff_lines(edited.document.operations)]
    assert bool(edited.notes) == bool(lines)
    return lines, edited.why_not


def test_a_star_is_every_control_set_and_no_other_key() -> None:
    lines, _ = run(set_value.ACTION, hive(), key=r"ControlSet*\Services\stornvme", name="Start", dword=0)
    assert lines == [
        r"[ControlSet001\Services\stornvme]",
        '-"Start"=dword:00000003',
        '+"Start"=dword:00000000',
    ]


def test_the_case_of_the_hive_stays() -> None:
    lines, _ = run(set_value.ACTION, hive(), key=r"controlset002\services\stornvme", name="START", dword=1)
    assert lines[0] == r"[ControlSet002\Services\STORNVME]"
    assert lines[2] == '+"start"=dword:00000001'


def test_a_key_is_only_made_where_that_is_asked_for() -> None:
    given = {"key": r"ControlSet*\Control\New\Key", "name": "v", "text": "x"}
    lines, why_not = run(set_value.ACTION, hive(), **given)
    assert (lines, why_not) == ([], r"there is no key ControlSet*\Control\New\Key")
    lines, _ = run(set_value.ACTION, hive(), create=True, **given)
    assert lines == [
        r"[ControlSet001\Control\New\Key]",
        '+"v"="x"',
        r"[ControlSet002\Control\New\Key]",
        '+"v"="x"',
    ]


def test_what_is_so_already_says_so() -> None:
    lines, why_not = run(set_value.ACTION, hive(), key=r"ControlSet002\Services\stornvme", name="Start", dword=0)
    assert (lines, why_not) == ([], r"ControlSet002\Services\stornvme says so already: Start")


def test_a_key_goes_with_all_below_it_and_the_plan_shows_what_is_lost() -> None:
    lines, _ = run(delete_key.ACTION, hive(), key=r"ControlSet*\Services\stornvme\StartOverride")
    assert lines == [r"-[ControlSet001\Services\stornvme\StartOverride]", '-"0"=dword:00000003']
    lines, why_not = run(delete_key.ACTION, hive(), key="None")
    assert (lines, why_not) == ([], "there is no key None that is to go")


def test_a_value_goes() -> None:
    lines, _ = run(delete_value.ACTION, hive(), key=r"ControlSet*\Services\stornvme", name="Start")
    assert [line for line in lines if line.startswith("-")] == [
        '-"Start"=dword:00000003',
        '-"start"=dword:00000000',
    ]
    lines, why_not = run(delete_value.ACTION, hive(), key="ControlSet001", name="Start")
    assert (lines, why_not) == ([], "ControlSet001 has no Start that is to be changed")


def test_a_key_is_made_once() -> None:
    lines, _ = run(create_key.ACTION, hive(), key=r"ControlSet*\Services\new")
    assert lines == [r"+[ControlSet001\Services\new]", r"+[ControlSet002\Services\new]"]
    lines, why_not = run(create_key.ACTION, hive(), key=r"ControlSet001\Services")
    assert (lines, why_not) == ([], r"ControlSet001\Services is there")


def test_filters_lose_a_name_and_the_last_one_takes_the_value_along() -> None:
    key = r"ControlSet*\Control\Class\{4D36E967-E325-11CE-BFC1-08002BE10318}"
    lines, _ = run(remove_strings.ACTION, hive(), key=key, name="UpperFilters", strings=["VMWARE[1]"])
    assert lines[1:] == ['-"UpperFilters"=str(7):"partmgr","vmware[1]"', '+"UpperFilters"=str(7):"partmgr"']
    lines, _ = run(remove_strings.ACTION, hive(), key=key, name="lowerfilters", strings=["prl_strg"])
    assert lines[1:] == ['-"LowerFilters"=str(7):"prl_strg"']
    lines, why_not = run(remove_strings.ACTION, hive(), key=key, name="UpperFilters", strings=["none"])
    assert lines == []
    assert "UpperFilters" in why_not


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (r"ControlSet*\Services\*", [r"ControlSet001\Services\stornvme", r"ControlSet002\Services\STORNVME"]),
        ("*", ["ControlSet001", "ControlSet002", "ControlSetX"]),
        ("*X", ["ControlSetX"]),
        (r"*\Control\Class\{4d*}", [r"ControlSet001\Control\Class\{4d36e967-e325-11ce-bfc1-08002be10318}"]),
        ("ControlSet?01", []),
        ("ControlSet[0]01*", []),
    ],
)
def test_only_the_star_is_special(path: str, found: list[str]) -> None:
    assert [key.path for key in keys(hive(), path)] == found


@pytest.mark.parametrize(
    "given",
    [
        {"key": "A", "name": "v"},
        {"key": "A", "name": "v", "dword": 1, "text": "x"},
        {"key": "A", "name": "v", "dword": -1},
        {"key": "A", "name": "v", "dword": 2**32},
        {"key": "A", "name": "v", "binary": "0"},
        {"key": "A", "name": "v", "text": "a\0b"},
        {"key": "\\A", "name": "v", "dword": 1},
        {"key": "A\\\\B", "name": "v", "dword": 1},
    ],
)
def test_what_makes_no_sense_is_said_when_the_rule_is_loaded(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        set_value.SetValue.model_validate({"because": "b", **given})
