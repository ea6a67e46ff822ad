"""Write a tree of keys as a new hive, as compact as Windows itself would after `reg save`.

Guests in memory (examples, tests) and test images are made with it. A guest's own hive is edited by `editor`,
which leaves every cell that it need not touch where it is.
"""

from __future__ import annotations

import struct
from typing import Final

from guestfix.registry import base_block
from guestfix.registry.cells import ASCII_KEY, ASCII_VALUE, NOTHING
from guestfix.registry.draft import Draft
from guestfix.registry.names import bytes_of
from guestfix.registry.packing import in_order, packed_name, packed_value_data, subkey_list
from guestfix.registry.values import Value

MINOR: Final = 5
"""The format that has hashed lists and big data: Windows XP to 11 read it."""

ROOT_FLAGS: Final = 0x2C
"""Hive entry, not to be deleted, name of one byte a character."""


def write(root: Draft, *, sequence: int = 1, file_name: str = "") -> bytes:
    """Return the hive that holds `root` and all below it, clean and with both sequence numbers `sequence`."""
    bins = _Bins()
    security = _Security(bins)
    top = bins.reserve(_key_size(root))
    waiting = [(root, top, NOTHING)]
    while waiting:
        key, place, parent = waiting.pop()
        children = sorted(key.children.values(), key=lambda child: in_order(child.name))
        places = [bins.reserve(_key_size(child)) for child in children]
        waiting += [(child, at, place) for child, at in zip(children, places, strict=True)]
        listed = _list(bins, list(zip(children, places, strict=True)))
        values = [_value(bins, value) for value in key.values.values()]
        value_list = bins.add(struct.pack(f"<{len(values)}I", *values)) if values else NOTHING
        class_name = bins.add(key.class_name) if key.class_name else NOTHING
        name = packed_name(key.name)
        flags = (key.flags or (ROOT_FLAGS if parent == NOTHING else 0)) & ~ASCII_KEY
        head = struct.pack(
            "<2sHQIIIIIIIIIIIIIIIHH",
            b"nk", flags | (ASCII_KEY if name[1] else 0), 0, 0, 0 if parent == NOTHING else parent,
            len(children), 0, listed, NOTHING, len(values), value_list, security.of(key.security), class_name,
            max((2 * len(child.name) for child in children), default=0),
            max((len(child.class_name) for child in children), default=0),
            max((2 * len(value.name) for value in key.values.values()), default=0),
            max((len(value.data) for value in key.values.values()), default=0),
            0, len(name[0]), len(key.class_name),
        )  # fmt: skip
        bins.fill(place, head + name[0])
    security.finish()
    data = bins.finish()
    name_field = bytes_of(file_name)[:62].ljust(64, b"\0")
    block = bytearray(base_block.SIZE)
    struct.pack_into(
        "<4sIIQIIIIIII64s", block, 0,
        b"regf", sequence, sequence, 0, 1, MINOR, 0, 1, top, len(data), 1, name_field,
    )  # fmt: skip
    struct.pack_into("<I", block, base_block.CHECKED, base_block.checksum(bytes(block)))
    return bytes(block) + data


class _Bins:
    """Cells one after another, in bins of whole pages."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._place = 0

    def reserve(self, length: int) -> int:
        """Return the offset of a new cell for `length` bytes."""
        size = -(-(length + 4) // 8) * 8
        if self._place + size > len(self._data):
            self._close()
            pages = -(-(size + 32) // base_block.SIZE) * base_block.SIZE
            start = len(self._data)
            self._data += struct.pack("<4sII20x", b"hbin", start, pages) + bytes(pages - 32)
            self._place = start + 32
        offset = self._place
        struct.pack_into("<i", self._data, offset, -size)
        self._place += size
        return offset

    def fill(self, offset: int, data: bytes) -> None:
        """Give the cell at `offset` its content."""
        self._data[offset + 4 : offset + 4 + len(data)] = data

    def add(self, data: bytes) -> int:
        """Return the offset of a new cell that holds `data`."""
        offset = self.reserve(len(data))
        self.fill(offset, data)
        return offset

    def finish(self) -> bytes:
        """Return all bins."""
        self._close()
        return bytes(self._data)

    def _close(self) -> None:
        if rest := len(self._data) - self._place:
            struct.pack_into("<i", self._data, self._place, rest)


class _Security:
    """Each descriptor once, in a ring, with the number of its keys."""

    def __init__(self, bins: _Bins) -> None:
        self._bins = bins
        self._cells: dict[bytes, list[int]] = {}

    def of(self, descriptor: bytes) -> int:
        """Return the cell of `descriptor`, which one key more uses."""
        cell = self._cells.get(descriptor)
        if cell is None:
            cell = self._cells[descriptor] = [self._bins.reserve(20 + len(descriptor)), 0]
        cell[1] += 1
        return cell[0]

    def finish(self) -> None:
        """Fill the cells."""
        ring = [offset for offset, _ in self._cells.values()]
        for number, (descriptor, (offset, count)) in enumerate(self._cells.items()):
            after, before = ring[(number + 1) % len(ring)], ring[number - 1]
            head = struct.pack("<2sHIIII", b"sk", 0, after, before, count, len(descriptor))
            self._bins.fill(offset, head + descriptor)


def _list(bins: _Bins, children: list[tuple[Draft, int]]) -> int:
    return subkey_list(bins.add, [(child.name, place) for child, place in children], MINOR)


def _value(bins: _Bins, value: Value) -> int:
    length, place = packed_value_data(bins.add, value.data, MINOR)
    name, is_ascii = packed_name(value.name)
    flags = ASCII_VALUE if is_ascii else 0
    return bins.add(struct.pack("<2sHIIIHH", b"vk", len(name), length, place, value.type, flags, 0) + name)


def _key_size(key: Draft) -> int:
    return 76 + len(packed_name(key.name)[0])
