"""Which number a startup script gets, where it is named, and that it is named once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from guestfix.actions.hive.add_startup_script import ACTION, POLICY, POLICY_2003, STATE
from guestfix.facts.model import Unknown
from guestfix.registry import Hive
from guestfix.registry.document import HiveDocument
from guestfix.registry.editor import edited
from guestfix.registry.reg_text import parse
from guestfix.registry.writer import write
from guestfix.rules.action import Edited

SCRIPT = r"guestfix\x.cmd"


def run(data: bytes, version: Any) -> Edited[HiveDocument]:
    scope: Any = SimpleNamespace(facts=SimpleNamespace(os=SimpleNamespace(version=version)))
    params = ACTION.params.model_validate({"script": SCRIPT, "because": "why"})
    return ACTION.run(HiveDocument(Hive.of(data)), params, scope, "/SOFTWARE")


@pytest.mark.parametrize(
    ("version", "policy", "powershell"),
    [("5.1", POLICY_2003, False), ("5.2", POLICY_2003, False), ("6.0", POLICY, False), ("6.1", POLICY, True),
     ("10.0", POLICY, True)],
)  # fmt: skip
def test_it_is_named_where_this_windows_looks_and_only_once(version: str, policy: str, powershell: bool) -> None:
    data = write(parse(f'[{policy}\\0\\0]\n"Script"="other.cmd"\n[{STATE}\\1]\n'))
    done = run(data, version)
    assert len(done.notes) == 1
    hive = Hive.of(edited(data, done.document.operations))
    for parent in (policy, STATE):
        key = hive.key(f"{parent}\\2\\0")
        assert key is not None
        assert (key.text("Script"), key.text("Parameters")) == (rf"C:\Windows\{SCRIPT}", "2")
        assert (key.number("IsPowershell") == 0) is powershell
    again = run(edited(data, done.document.operations), version)
    assert again.document.operations == ()
    assert again.why_not.endswith("runs at start already")


def test_a_windows_of_unknown_version_is_left_alone() -> None:
    done = run(write(parse("[Microsoft]\n")), Unknown(unknown="SOFTWARE names no version"))
    assert done.document.operations == ()
    assert "nobody can tell" in done.why_not


def test_a_registry_full_of_policies_is_left_alone() -> None:
    data = write(parse("".join(f"[{STATE}\\{number}]\n" for number in range(100))))
    assert run(data, "10.0").why_not == "every number for a startup script is taken"
