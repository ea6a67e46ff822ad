"""Settings: what a site may say, as text of a command line or typed."""

from __future__ import annotations

from typing import Any

import pytest

from guestfix.rules.errors import SettingInvalid
from guestfix.rules.settings import Setting, values_of

DECLARED = {
    "network": Setting(summary="Network", choices=("dhcp", "keep"), default="dhcp"),
    "timeout": Setting(summary="Seconds", type="integer", default=5, minimum=0, maximum=60),
    "quiet": Setting(summary="Less", type="boolean", default=False),
    "drop": Setting(summary="Types", type="list", default=("cifs", "nfs")),
    "note": Setting(summary="Note", default=""),
}


def test_what_is_not_said_keeps_its_default() -> None:
    assert values_of(DECLARED, {}) == {
        "network": "dhcp",
        "timeout": 5,
        "quiet": False,
        "drop": ("cifs", "nfs"),
        "note": "",
    }


@pytest.mark.parametrize(
    ("name", "said", "value"),
    [
        ("timeout", "0", 0),
        ("timeout", 60, 60),
        ("quiet", "Yes", True),
        ("quiet", "false", False),
        ("drop", "a, b,,c", ("a", "b", "c")),
        ("drop", "", ()),
        ("drop", ["a"], ("a",)),
        ("note", "5", "5"),
    ],
)
def test_text_becomes_what_the_setting_is(name: str, said: Any, value: object) -> None:
    assert values_of(DECLARED, {name: said})[name] == value


@pytest.mark.parametrize(
    ("name", "said", "message"),
    [
        ("timout", "3", "no rule has a setting timout (did you mean timeout?)"),
        ("timeout", "soon", "timeout cannot be soon: it is an integer"),
        ("timeout", "-1", "timeout cannot be -1: it is at least 0"),
        ("timeout", 61, "timeout cannot be 61: it is at most 60"),
        ("timeout", True, "timeout cannot be True: it is an integer"),
        ("timeout", "9" * 5000, "it is an integer"),
        ("quiet", "maybe", "quiet cannot be maybe: it is true or false"),
        ("network", "keeep", "network cannot be keeep: it is one of dhcp, keep (did you mean keep?)"),
        ("note", 5, "note cannot be 5: it is text"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(name: str, said: Any, message: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        values_of(DECLARED, {name: said})
    assert message in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("setting", "mistake"),
    [
        (Setting(summary="s", default=5), "the default does not fit: it is text"),
        (Setting(summary="s", type="integer", default=5, choices=("a",)), "only a text has `choices`"),
        (Setting(summary="s", default="", minimum=1), "only an integer has `minimum` and `maximum`"),
        (Setting(summary="s", choices=("a", "b"), default="c"), "the default does not fit: it is one of a, b"),
    ],
)
def test_a_declaration_that_contradicts_itself_says_so(setting: Setting, mistake: str) -> None:
    assert setting.definition_mistake() == mistake
