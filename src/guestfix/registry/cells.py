"""The cells of a hive, each looked at with suspicion, and none for two owners.

Every cell but key security has exactly one owner in a hive that Windows wrote. A cell that is reached from a
second one means damage, or a hive made to send its readers in circles. So the first owner of a cell is remembered
and a second one refused: whoever walks a whole hive then sees each of its cells at most once, and takes linear
time and memory, whatever the hive says.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guestfix.registry import base_block
from guestfix.registry.base_block import BaseBlock
from guestfix.registry.errors import HiveDamaged
from guestfix.registry.names import text_of
from guestfix.registry.source import Source
from guestfix.registry.values import Value, value_type

NOTHING: Final = 0xFFFFFFFF
SEGMENT: Final = 16344
"""Bytes in one segment of big data."""
BIG_DATA_FROM: Final = 4
"""Minor version from which data longer than a segment is split."""
ASCII_KEY: Final = 0x20
ASCII_VALUE: Final = 0x01
INLINE: Final = 0x80000000

_KEY: Final = struct.Struct("<2sHQIIIIIIIIIIIIIIIHH")
_VALUE: Final = struct.Struct("<2sHIIIHH")


@dataclass(frozen=True, slots=True)
class KeyNode:
    """One key as its cell says it."""

    offset: int
    name: str
    subkey_count: int
    subkey_list: int
    value_count: int
    value_list: int
    security: int
    flags: int
    time: int
    """Last write, in 100 ns since 1601."""
    class_offset: int
    class_name: bytes


class Cells:
    """Reads cells of one hive. Raises HiveDamaged for whatever contradicts itself."""

    def __init__(self, source: Source, base: BaseBlock) -> None:
        self._source = source
        self._big = base.minor >= BIG_DATA_FROM
        self.end = min(base_block.SIZE + base.bins_size, source.size)
        """Where the last bin ends, from the start of the file."""
        self._owners: dict[int, int] = {}

    def key(self, offset: int, owner: int) -> KeyNode:
        """Return the key in the cell at `offset`, which its parent's cell `owner` leads to."""
        data = self._cell(offset, _KEY.size, owner)
        (
            signature, flags, time, _, _, subkeys, _, subkey_list, _, values, value_list, security, class_offset,
            *_, name_length, class_length,
        ) = _KEY.unpack(data)  # fmt: skip
        if signature != b"nk":
            raise _damaged(offset, "is no key")
        name = self._cell(offset, _KEY.size + name_length, owner)[_KEY.size :]
        class_name = b""
        if class_length and class_offset != NOTHING:
            class_name = self._cell(class_offset, class_length, offset)
        return KeyNode(
            offset=offset,
            name=_name(name, ascii=bool(flags & ASCII_KEY)),
            subkey_count=subkeys,
            subkey_list=subkey_list,
            value_count=values,
            value_list=value_list,
            security=security,
            flags=flags,
            time=time,
            class_offset=class_offset,
            class_name=class_name,
        )

    def subkeys(self, node: KeyNode) -> list[int]:
        """Return the offsets of the keys below `node`, in the order of its list."""
        if not node.subkey_count:
            return []
        found = list(self._subkey_list(node.subkey_list, node.offset))
        if len(found) != node.subkey_count:
            raise _damaged(node.offset, f"counts {node.subkey_count} subkeys and lists {len(found)}")
        return found

    def values(self, node: KeyNode) -> list[int]:
        """Return the offsets of the values of `node`."""
        if not node.value_count:
            return []
        data = self._cell(node.value_list, 4 * node.value_count, node.offset)
        return [offset for (offset,) in struct.iter_unpack("<I", data)]

    def value_name(self, offset: int, owner: int) -> str:
        """Return the name of the value in the cell at `offset`, which belongs to the key at `owner`."""
        signature, name_length, _, _, _, flags, _ = _VALUE.unpack(self._cell(offset, _VALUE.size, owner))
        if signature != b"vk":
            raise _damaged(offset, "is no value")
        name = self._cell(offset, _VALUE.size + name_length, owner)[_VALUE.size :]
        return _name(name, ascii=bool(flags & ASCII_VALUE))

    def value(self, offset: int, owner: int) -> Value:
        """Return the value in the cell at `offset`, with its data."""
        name = self.value_name(offset, owner)
        fields = _VALUE.unpack(self._cell(offset, _VALUE.size, owner))
        _, _, length, data_offset, number, _, _ = fields
        return Value(name, value_type(number), self._data(offset, length, data_offset))

    def security(self, offset: int) -> bytes:
        """Return the security descriptor in the cell at `offset`; many keys share one."""
        signature, length = struct.unpack("<2s14xI", self._cell(offset, 20, offset, claim=False))
        if signature != b"sk":
            raise _damaged(offset, "is no key security")
        return self._cell(offset, 20 + length, offset, claim=False)[20:]

    def subkey_list_cells(self, node: KeyNode) -> list[int]:
        """Return every cell of the list of subkeys of `node`, which has some."""
        signature, count = struct.unpack("<2sH", self._cell(node.subkey_list, 4, node.offset))
        if signature != b"ri":
            return [node.subkey_list]
        data = self._cell(node.subkey_list, 4 + 4 * count, node.offset)[4:]
        return [node.subkey_list, *(leaf for (leaf,) in struct.iter_unpack("<I", data))]

    def data_cells(self, offset: int, length: int, data_offset: int) -> list[int]:
        """Return every cell of the data of the value at `offset`, which is not inline."""
        if not self._big or length <= SEGMENT:
            self._cell(data_offset, length, offset)
            return [data_offset]
        count, segments = self._big_data_head(offset, length, data_offset)
        listed = self._cell(segments, 4 * count, offset)
        return [data_offset, segments, *(segment for (segment,) in struct.iter_unpack("<I", listed))]

    def _data(self, offset: int, length: int, data_offset: int) -> bytes:
        if length & INLINE:
            if (length := length & ~INLINE) > 4:
                raise _damaged(offset, f"says that {length} bytes fit into four")
            return struct.pack("<I", data_offset)[:length]
        if not length:
            return b""
        if not self._big or length <= SEGMENT:
            return self._cell(data_offset, length, offset)
        return self._big_data(offset, length, data_offset)

    def _big_data(self, owner: int, length: int, offset: int) -> bytes:
        count, segments = self._big_data_head(owner, length, offset)
        pieces: list[bytes] = []
        for (segment,) in struct.iter_unpack("<I", self._cell(segments, 4 * count, owner)):
            if length <= 0:
                break
            pieces.append(self._cell(segment, min(length, SEGMENT), owner))
            length -= SEGMENT
        return b"".join(pieces)

    def _big_data_head(self, owner: int, length: int, offset: int) -> tuple[int, int]:
        signature, count, segments = struct.unpack("<2sHI", self._cell(offset, 8, owner))
        if signature != b"db":
            raise _damaged(offset, "is no big data")
        if count * SEGMENT < length:
            raise _damaged(offset, f"has {count} segments for {length} bytes")
        return count, segments

    def _subkey_list(self, offset: int, owner: int) -> Iterator[int]:
        signature, count = struct.unpack("<2sH", self._cell(offset, 4, owner))
        if signature != b"ri":
            yield from self._leaf(offset, owner)
            return
        seen: set[int] = set()
        for (leaf,) in struct.iter_unpack("<I", self._cell(offset, 4 + 4 * count, owner)[4:]):
            if leaf in seen:
                raise _damaged(leaf, "is listed twice")
            seen.add(leaf)
            yield from self._leaf(leaf, owner)

    def _leaf(self, offset: int, owner: int) -> Iterator[int]:
        signature, count = struct.unpack("<2sH", self._cell(offset, 4, owner))
        width = {b"lf": 8, b"lh": 8, b"li": 4}.get(signature)
        if width is None:
            raise _damaged(offset, "is no list of subkeys")
        data = self._cell(offset, 4 + width * count, owner)
        for place in range(4, len(data), width):
            yield struct.unpack_from("<I", data, place)[0]

    def _cell(self, offset: int, length: int, owner: int, *, claim: bool = True) -> bytes:
        """Return the first `length` bytes of the allocated cell at `offset`, which `owner` leads to."""
        if claim and self._owners.setdefault(offset, owner) != owner:
            raise _damaged(offset, "is used twice")
        place = base_block.SIZE + offset
        if offset % 8 or place + 4 > self.end:
            raise _damaged(offset, "lies outside of the hive")
        size = -int(struct.unpack("<i", self._source.read(place, 4))[0])
        if size <= 0:
            raise _damaged(offset, "is free")
        if length > size - 4 or place + size > self.end:
            raise _damaged(offset, f"has {size} bytes, too few or beyond the end of the hive")
        return self._source.read(place + 4, length)


def _name(data: bytes, *, ascii: bool) -> str:
    return data.decode("latin-1") if ascii else text_of(data)


def _damaged(offset: int, what: str) -> HiveDamaged:
    return HiveDamaged(
        f"the hive is damaged: the cell at {offset:#x} {what}",
        hint="Windows would repair or refuse it: start the guest on its old platform once, or restore the hive",
    )
