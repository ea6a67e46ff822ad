r"""A hive as a tree of keys and values: read where it is asked for, and never without end.

Key and value names are found without regard to case and keep theirs. Paths of keys are written with backslashes
and begin below the root of the hive: `ControlSet001\Services\disk`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Final, Self

from guestfix.registry import base_block
from guestfix.registry.base_block import BaseBlock
from guestfix.registry.cells import Cells, KeyNode
from guestfix.registry.errors import HiveDamaged, HiveTooLarge
from guestfix.registry.names import folded, joined, split_path
from guestfix.registry.source import InMemory, Paged, Source
from guestfix.registry.values import Meaning, Value

LARGEST: Final = 512 * 1024 * 1024
"""Bytes of the largest hive that is looked at. SOFTWARE has 100 MB on an old installation; Windows takes 2 GB."""

DEEPEST: Final = 512
"""Levels of keys, as in Windows (docs: Registry element size limits)."""


class Key:
    """One key. What is below it is read when it is asked for."""

    __slots__ = ("__dict__", "_cells", "depth", "node", "path")

    def __init__(self, cells: Cells, node: KeyNode, path: str, depth: int) -> None:
        if depth > DEEPEST:
            raise HiveTooLarge(f"the hive has more than {DEEPEST} levels of keys")
        self._cells = cells
        self.node = node
        self.path = path
        """From the root of the hive, in the case that the hive has."""
        self.depth = depth

    @property
    def name(self) -> str:
        """Its own name, in the case that the hive has."""
        return self.node.name

    def subkeys(self) -> tuple[Key, ...]:
        """Return the keys below, in the order of the hive. Raises HiveDamaged, HiveTooLarge."""
        return tuple(self._children)

    def subkey(self, name: str) -> Key | None:
        """Return the key of this name right below; None if there is none."""
        return self._by_name.get(folded(name))

    def key(self, path: str) -> Key | None:
        r"""Return the key at `path` below this one (`A\B`); this one for an empty path; None if there is none."""
        here: Key | None = self
        for part in split_path(path):
            if here is None:
                return None
            here = here.subkey(part)
        return here

    def values(self) -> tuple[Value, ...]:
        """Return all values with their data, in the order of the hive. Raises HiveDamaged."""
        return tuple(self._value(offset) for offset in self._value_offsets)

    def value(self, name: str = "") -> Value | None:
        """Return the value of this name (empty: the default value); None if there is none."""
        offset = self._values_by_name.get(folded(name))
        return None if offset is None else self._value(offset)

    def get(self, name: str = "") -> Meaning | None:
        """Return what the value of this name means (`Value.meaning`); None if there is none."""
        value = self.value(name)
        return None if value is None else value.meaning

    def number(self, name: str) -> int | None:
        """Return the number in the value of this name; None if there is none, or none that is a number."""
        value = self.value(name)
        return None if value is None else value.number

    def text(self, name: str = "") -> str | None:
        """Return the text in the value of this name; None if there is none, or none that is text."""
        value = self.value(name)
        return None if value is None else value.text

    def strings(self, name: str) -> tuple[str, ...] | None:
        """Return the strings in the MULTI_SZ of this name; None if there is none."""
        value = self.value(name)
        return None if value is None else value.strings

    def walk(self) -> Iterator[Key]:
        """Yield this key and every key below it, parents first."""
        waiting = [self]
        while waiting:
            here = waiting.pop()
            yield here
            waiting.extend(reversed(here.subkeys()))

    @property
    def security(self) -> bytes:
        """The security descriptor, as it stands in the hive."""
        return self._cells.security(self.node.security)

    @cached_property
    def _children(self) -> list[Key]:
        return [
            Key(self._cells, node, joined(self.path, node.name), self.depth + 1)
            for node in (self._cells.key(offset, self.node.offset) for offset in self._cells.subkeys(self.node))
        ]

    @cached_property
    def _by_name(self) -> dict[str, Key]:
        found: dict[str, Key] = {}
        for child in self._children:
            found.setdefault(folded(child.name), child)
        return found

    @cached_property
    def _value_offsets(self) -> list[int]:
        return self._cells.values(self.node)

    @cached_property
    def _values_by_name(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for offset in self._value_offsets:
            found.setdefault(folded(self._cells.value_name(offset, self.node.offset)), offset)
        return found

    def _value(self, offset: int) -> Value:
        return self._cells.value(offset, self.node.offset)


class Hive:
    """One hive. Made by `Hive.of` from bytes, by `Hive.paged` over a file of which little will be read."""

    def __init__(self, source: Source) -> None:
        """Read the base block and the root. Raises NotAHive, HiveTooLarge, HiveDamaged."""
        if source.size > LARGEST:
            raise HiveTooLarge(f"the hive has {source.size} bytes; guestfix reads {LARGEST} at most")
        self.source = source
        self.base = BaseBlock.parse(source.read(0, base_block.SIZE))
        cells = Cells(source, self.base)
        self.root = Key(cells, cells.key(self.base.root, owner=-1), "", 0)

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return the hive in `data`. Raises NotAHive, HiveTooLarge, HiveDamaged."""
        return cls(InMemory(data))

    @classmethod
    def paged(cls, size: int, read_at: Callable[[int, int], bytes]) -> Self:
        """Return the hive in a file of `size` bytes that `read_at(offset, length)` reads. Raises like `of`."""
        return cls(Paged(size, read_at))

    @property
    def is_clean(self) -> bool:
        """Whether its last write was carried to its end; if not, its logs have to be looked at first."""
        return self.base.is_clean

    def key(self, path: str) -> Key | None:
        """Return the key at `path` below the root; None if there is none. Raises HiveDamaged, HiveTooLarge."""
        return self.root.key(path)

    def check_bins(self) -> None:
        """Look at the whole frame of the hive, as Windows does before it loads one. Raises HiveDamaged."""
        place, end = base_block.SIZE, base_block.SIZE + self.base.bins_size
        if end > self.source.size:
            raise HiveDamaged(
                f"the hive says that it has {end} bytes, and the file has {self.source.size}",
                hint="it was cut off: restore it, or start the guest on its old platform once",
            )
        while place < end:
            head = self.source.read(place, 12)
            size = int.from_bytes(head[8:12], "little")
            if head[:4] != b"hbin" or not size or size % base_block.SIZE or place + size > end:
                raise HiveDamaged(f"the hive is damaged: there is no bin at {place:#x}")
            place += size
