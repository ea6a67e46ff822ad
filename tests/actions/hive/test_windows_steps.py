"""Steps on hives that know what they are about: services, firewall rules, boot configuration."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from guestfix.actions.hive import activate_firewall_group, disable_services, set_boot_element
from guestfix.registry import Hive
from guestfix.registry.document import HiveDocument
from guestfix.registry.reg_text import diff_lines, parse
from guestfix.registry.writer import write
from guestfix.rules.action import Step

FIREWALL = r"[ControlSet001\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules]"
GROUP = "@FirewallAPI.dll,-28752"


def run(step: Step[Any, Any], text: str, **given: Any) -> tuple[list[str], str]:
    scope: Any = None  # none of these steps looks at it
    document = HiveDocument(Hive.of(write(parse(text))))
    edited = step.run(document, step.params.model_validate({"because": "why", **given}), scope, "/SYSTEM")
    lines = [f"{mark}{line}".strip() for mark, line in diff_lines(edited.document.operations)]
    assert bool(edited.notes) == bool(lines)
    return lines, edited.why_not


def test_a_filter_that_was_the_only_one_takes_its_list_along() -> None:
    text = '[ControlSet001\\Control\\Class\\{1}]\n"UpperFilters"=str(7):"XENFILT"\n'
    lines, _ = run(disable_services.ACTION, text, names=["xenfilt"])
    assert lines == ["[ControlSet001\\Control\\Class\\{1}]", '-"UpperFilters"=str(7):"XENFILT"']


def test_a_service_without_a_start_type_is_no_service() -> None:
    lines, why = run(disable_services.ACTION, "[ControlSet001\\Services\\VMTools]\n", names=["VMTools"])
    assert (lines, why) == ([], "none of these services is there and on")


@pytest.mark.parametrize(
    "rule",
    [
        f"v2.30|Action=Allow|Active=FALSE|Name=EmbedCtxt={GROUP}|",
        f"v2.30|Action=Allow|Active=FALSE|EmbedCtxt={GROUP}3|",
        f"v2.30|Action=Allow|Active=TRUE|EmbedCtxt={GROUP}|",
        "",
    ],
)
def test_a_rule_of_another_group_stays(rule: str) -> None:
    lines, why = run(activate_firewall_group.ACTION, f'{FIREWALL}\n"X"="{rule}"\n', group=GROUP)
    assert (lines, why) == ([], f"no rule of the group {GROUP} is switched off")


STORE = r"""
[Objects\{1}\Description]
"Type"=dword:10200003
[Objects\{2}\Description]
"Type"=hex:03
[Objects\{3}]
"""


def test_only_objects_of_the_kind_get_the_element() -> None:
    given = {"of": "windows loader", "element": "250000e0", "integer": 1}
    lines, _ = run(set_boot_element.ACTION, STORE, **given)
    assert lines == [r"[Objects\{1}\Elements\250000e0]", '+"Element"=hex:01,00,00,00,00,00,00,00']


def test_an_element_that_has_to_be_there_is_not_made() -> None:
    given = {"of": "windows loader", "element": "260000b0", "boolean": False, "if_set": True}
    assert run(set_boot_element.ACTION, STORE, **given)[0] == []


def test_an_element_is_one_value() -> None:
    with pytest.raises(ValidationError, match="one of integer"):
        set_boot_element.ACTION.params.model_validate({"of": "resume", "element": "250000e0", "because": "x"})
