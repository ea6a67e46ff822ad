"""Windows hives: a pure, bounded view of any file that says it is one, and edits of them as values."""

from __future__ import annotations

from guestfix.registry.control_sets import ControlSets, control_sets
from guestfix.registry.hive import Hive, Key
from guestfix.registry.opening import any_case, open_hive, spelled
from guestfix.registry.values import Value, ValueType

__all__ = [
    "ControlSets",
    "Hive",
    "Key",
    "Value",
    "ValueType",
    "any_case",
    "control_sets",
    "open_hive",
    "spelled",
]
