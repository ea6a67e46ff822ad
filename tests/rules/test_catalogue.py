"""Actions are found by their place in a package."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from guestfix.errors import InternalError
from guestfix.rules.catalogue import built_in, discover


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "sample_actions"
    (folder / "kind").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "_helper.py").write_text("raise RuntimeError('a helper is not looked at')")
    (folder / "tell.py").write_text("from guestfix.actions.finding import ACTION")
    (folder / "kind" / "__init__.py").write_text(
        "from guestfix.rules.action import Format\nFORMAT = Format('k', bytes, bytes)"
    )
    (folder / "kind" / "step.py").write_text(
        "from guestfix.rules.action import Edited, Params, Step\n"
        "ACTION = Step('s', Params, lambda document, *rest: Edited(document, why_not='no'))"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.startswith("sample_actions")]:
        del sys.modules[name]


def test_the_name_of_an_action_is_the_name_of_its_module(package: Path) -> None:
    found = discover(importlib.import_module("sample_actions"))
    assert list(found.verbs) == ["tell"]
    assert {name: list(editable.steps) for name, editable in found.formats.items()} == {"kind": ["step"]}


def test_a_module_without_its_constant_is_not_lost_in_silence(package: Path) -> None:
    (package / "kind" / "step.py").write_text("ACTON = 5")
    with pytest.raises(InternalError, match=r"sample_actions\.kind\.step has no ACTION that is a Step"):
        discover(importlib.import_module("sample_actions"))


def test_the_generic_verbs_are_built_in() -> None:
    assert {"finding", "write", "move_aside"} <= built_in().verbs.keys()
