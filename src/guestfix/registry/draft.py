"""A tree of keys that can be changed: over a hive, of which only what is asked for is read, or over nothing."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Final, Self

from guestfix.registry.errors import HiveEditImpossible
from guestfix.registry.hive import DEEPEST, Hive, Key
from guestfix.registry.names import folded, joined, split_path
from guestfix.registry.operations import CreateKey, DeleteKey, DeleteValue, Operation, SetValue
from guestfix.registry.values import Value, value_type
from guestfix.untrusted import shown

MAX_KEY: Final = 255
MAX_VALUE: Final = 16383
"""Characters of a name (docs: Registry element size limits)."""


def _allow(mask: int, inherit: int, sid: bytes) -> bytes:
    return struct.pack("<BBHI", 0, inherit, 8 + len(sid), mask) + sid


_SYSTEM: Final = bytes.fromhex("010100000000000512000000")
_ADMINISTRATORS: Final = bytes.fromhex("01020000000000052000000020020000")
_USERS: Final = bytes.fromhex("01020000000000052000000021020000")
_ACES: Final = (
    _allow(0xF003F, 2, _SYSTEM) + _allow(0xF003F, 2, _ADMINISTRATORS) + _allow(0x20019, 2, _USERS)
)  # KEY_ALL_ACCESS, KEY_READ; inherited by the keys below
_DACL: Final = struct.pack("<BBHHH", 2, 0, 8 + len(_ACES), 3, 0) + _ACES

SECURITY: Final = (
    struct.pack("<BBHIIII", 1, 0, 0x8004, 20 + len(_DACL), 20 + len(_DACL) + len(_ADMINISTRATORS), 0, 20)
    + _DACL
    + _ADMINISTRATORS
    + _SYSTEM
)
"""Key security of a tree that no hive is behind: SYSTEM and Administrators may all, Users may read ([MS-DTYP])."""


class Draft:
    """One key of such a tree. Names are found in any case."""

    def __init__(
        self, name: str, *, base: Key | None = None, security: bytes = SECURITY, path: str = "", depth: int = 0
    ) -> None:
        self.name = name
        self.path = path
        self.depth = depth
        self._base = base
        self._own_security = security
        self._children: dict[str, Draft] | None = None if base else {}
        self._values: dict[str, Value] | None = None if base else {}

    @classmethod
    def of(cls, hive: Hive) -> Self:
        """Return the tree of `hive`; the hive itself never changes."""
        return cls(hive.root.name, base=hive.root)

    @property
    def security(self) -> bytes:
        """The security descriptor of the key."""
        return self._base.security if self._base else self._own_security

    @property
    def class_name(self) -> bytes:
        """The class of the key, which hardly any has."""
        return self._base.node.class_name if self._base else b""

    @property
    def flags(self) -> int:
        """The flags of the key's cell."""
        return self._base.node.flags if self._base else 0

    @property
    def children(self) -> dict[str, Draft]:
        """The keys below by folded name, in the order of the hive."""
        if self._children is None:
            self._children = {}
            for key in self._base.subkeys() if self._base else ():
                child = Draft(key.name, base=key, path=key.path, depth=key.depth)
                self._children.setdefault(folded(key.name), child)
        return self._children

    @property
    def values(self) -> dict[str, Value]:
        """The values by folded name, in the order of the hive."""
        if self._values is None:
            self._values = {}
            for value in self._base.values() if self._base else ():
                self._values.setdefault(folded(value.name), value)
        return self._values

    def value(self, name: str = "") -> Value | None:
        """Return the value of this name; None if there is none."""
        if self._values is None and self._base is not None:
            return self._base.value(name)
        return self.values.get(folded(name))

    def key(self, path: str) -> Draft | None:
        """Return the key at `path` below this one; None if there is none."""
        here: Draft | None = self
        for part in split_path(path):
            here = here.children.get(folded(part)) if here else None
        return here

    def walk(self) -> Iterator[Draft]:
        """Yield this key and every key below it, parents first."""
        waiting = [self]
        while waiting:
            here = waiting.pop()
            yield here
            waiting.extend(reversed(here.children.values()))

    def create(self, path: str) -> Draft:
        """Return the key at `path`; what is missing is made with the security of its parent.

        Raises HiveEditImpossible for a name that no key can have.
        """
        here = self
        for part in split_path(path):
            child = here.children.get(folded(part))
            if child is None:
                if len(part) > MAX_KEY or "\0" in part or here.depth >= DEEPEST:
                    raise HiveEditImpossible(f"no key can be called {shown(part)} below {shown(here.path)}")
                child = Draft(part, security=here.security, path=joined(here.path, part), depth=here.depth + 1)
                here.children[folded(part)] = child
            here = child
        return here

    def carry_out(self, operations: Iterable[Operation]) -> Self:
        """Apply `operations` to this tree and return it. Raises HiveEditImpossible."""
        for operation in operations:
            match operation:
                case SetValue(key=path, name=name, type=number, data=data):
                    if len(name) > MAX_VALUE or "\0" in name:
                        raise HiveEditImpossible(f"no value can be called {shown(name)}")
                    values = self.create(path).values
                    old = values.get(folded(name))
                    values[folded(name)] = Value(old.name if old else name, value_type(number), data)
                case DeleteValue(key=path, name=name):
                    key = self.key(path)
                    if key is None or key.values.pop(folded(name), None) is None:
                        raise HiveEditImpossible(f"there is no value {shown(name)} in {shown(path)}")
                case CreateKey(key=path):
                    self.create(path)
                case DeleteKey(key=path):
                    *above, last = split_path(path) or ("", "")
                    parent = self.key(joined(*above))
                    if parent is None or parent.children.pop(folded(last), None) is None:
                        raise HiveEditImpossible(f"there is no key {shown(path)} below the root")
        return self
