"""The second reader of hives: regipy, which others wrote. What our editor wrote has to be there for it too."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from guestfix.changes import HiveEdited
from guestfix.guest.memory import MemoryGuest
from guestfix.plan import Plan
from guestfix.registry import Value
from guestfix.registry.operations import CreateKey, DeleteKey, DeleteValue, Operation

regipy: Any = importlib.import_module("regipy.registry")  # it has no types
missing_key: Any = importlib.import_module("regipy.exceptions").RegistryKeyNotFoundException


def read_by_regipy(guest: MemoryGuest, made: Plan, scratch: Path) -> int:
    """Hold every edit of a hive against what regipy reads of it; return how many there were."""
    seen = 0
    for change in made.changes:
        if isinstance(change.after, HiveEdited):
            copy = scratch / "hive"
            copy.write_bytes(guest.read(change.path, 64 << 20))
            theirs = regipy.RegistryHive(str(copy))
            for operation in change.after.operations:
                _assert_is_there(theirs, operation)
                seen += not isinstance(operation, CreateKey)
    return seen


def _assert_is_there(theirs: Any, operation: Operation) -> None:
    if isinstance(operation, DeleteKey):
        with pytest.raises(missing_key):
            theirs.get_key("\\" + operation.key)
        return
    key = theirs.get_key("\\" + operation.key)
    if isinstance(operation, CreateKey):
        return
    values = {value.name: value.value for value in key.iter_values(as_json=False)}
    if isinstance(operation, DeleteValue):
        assert operation.name not in values
        return
    ours = Value(operation.name, operation.type, operation.data).meaning
    found = values[operation.name or "(default)"]
    said = bytes.fromhex(found) if isinstance(ours, bytes) and isinstance(found, str) else found
    assert (tuple(said) if isinstance(ours, tuple) else said) == ours
