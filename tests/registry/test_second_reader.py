"""Does regipy, written by others, see the same keys and values in the same hives?"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from guestfix.registry import Hive

regipy: Any = importlib.import_module("regipy.registry")  # it has no types


def ours(path: Path) -> list[tuple[str, list[str]]]:
    return sorted(
        ("\\" + key.path, sorted(value.name or "(default)" for value in key.values()))
        for key in Hive.of(path.read_bytes()).root.walk()
    )


def theirs(path: Path) -> list[tuple[str, list[str]]]:
    hive = regipy.RegistryHive(str(path))
    found = hive.recurse_subkeys(hive.root, as_json=False, fetch_values=True)
    return sorted((key.path, sorted(value.name for value in key.values)) for key in found)


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["regipy/BCD", "EZ-Registry/BCD", "yarp/UnicodeHive"])
def test_both_find_the_same(corpora: Path, name: str) -> None:
    path = corpora / "registry" / name
    assert ours(path) == theirs(path)
