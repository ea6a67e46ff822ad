r"""The control sets of a SYSTEM hive: which there are, and which one is used next.

`Select` numbers them; `CurrentControlSet` is made when Windows starts and is in no hive. Windows may fall back to
another set during the boot, so an edit belongs into every one.
"""

from __future__ import annotations

from dataclasses import dataclass

from guestfix.registry.hive import Hive, Key
from guestfix.registry.names import folded

PREFIX = "ControlSet"


@dataclass(frozen=True, slots=True)
class ControlSets:
    """The numbers in `Select` (None: not said) and the names of the sets that exist, in order."""

    current: int | None
    default: int | None
    last_known_good: int | None
    names: tuple[str, ...]

    @property
    def in_use(self) -> str | None:
        """The name of the set that `Current` says, else the one of `Default`; None if neither exists."""
        for number in (self.current, self.default):
            for name in self.names:
                if number is not None and folded(name) == folded(f"{PREFIX}{number:03d}"):
                    return name
        return None


def is_control_set(name: str) -> bool:
    """Whether a key of this name right below the root of SYSTEM is a control set."""
    digits = name[len(PREFIX) :]
    return folded(name).startswith(folded(PREFIX)) and len(digits) == 3 and digits.isascii() and digits.isdigit()


def control_sets(hive: Hive) -> ControlSets:
    """Return the control sets of `hive`; without any it is no SYSTEM hive. Raises HiveDamaged."""
    select = hive.key("Select")
    names = sorted(key.name for key in hive.root.subkeys() if is_control_set(key.name))
    return ControlSets(
        current=_number(select, "Current"),
        default=_number(select, "Default"),
        last_known_good=_number(select, "LastKnownGood"),
        names=tuple(names),
    )


def _number(select: Key | None, name: str) -> int | None:
    return None if select is None else select.number(name)
