"""The bytes of a hive that is edited: cells are added in new bins at its end, and freed where they are.

Nothing moves and no free cell is used again, so an edit cannot damage what it does not name, and the same edit of
the same hive always gives the same bytes. Windows takes the free cells up when it loads the hive.
"""

from __future__ import annotations

import struct
from typing import Final

from guestfix.registry import base_block
from guestfix.registry.base_block import BaseBlock
from guestfix.registry.cells import Cells
from guestfix.registry.errors import HiveTooLarge

BIN: Final = base_block.SIZE
LARGEST_CELL: Final = 1024 * 1024
"""Bytes of one value: more would fit, but nothing that guestfix writes comes near it."""


class Heap:
    """A `Source` whose cells can be added to, changed and freed. Offsets count from the end of the base block."""

    def __init__(self, data: bytes) -> None:
        self.base = BaseBlock.parse(data)
        self._data = bytearray(data)
        self._bins_end = base_block.SIZE + self.base.bins_size
        self._place = self._bins_end
        self.cells = Cells(self, self.base)

    @property
    def size(self) -> int:
        """Bytes in all."""
        return len(self._data)

    def read(self, offset: int, length: int) -> bytes:
        """See `Source.read`."""
        return bytes(self._data[offset : offset + length])

    def add(self, data: bytes) -> int:
        """Return the offset of a new cell that holds `data`. Raises HiveTooLarge."""
        size = -(-(len(data) + 4) // 8) * 8
        if size > LARGEST_CELL:
            raise HiveTooLarge(f"a value of {len(data)} bytes is larger than guestfix writes")
        if self._place + size > self._bins_end:
            self._open_bin(size)
        place = self._place
        self._data[place : place + size] = struct.pack("<i", -size) + data.ljust(size - 4, b"\0")
        self._place += size
        self._close_bin()
        return place - base_block.SIZE

    def put(self, offset: int, at: int, layout: str, *values: int) -> None:
        """Change `values` at byte `at` of the cell at `offset`."""
        struct.pack_into(layout, self._data, base_block.SIZE + offset + 4 + at, *values)

    def get(self, offset: int, at: int, layout: str) -> int:
        """Return the number at byte `at` of the cell at `offset`."""
        return int(struct.unpack_from(layout, self._data, base_block.SIZE + offset + 4 + at)[0])

    def free(self, offset: int) -> None:
        """Give up the cell at `offset`."""
        place = base_block.SIZE + offset
        size = struct.unpack_from("<i", self._data, place)[0]
        struct.pack_into("<i", self._data, place, abs(size))

    def finish(self) -> bytes:
        """Return the hive: written to its end, so both sequence numbers are equal, and its checksum is right."""
        sequence = (max(self.base.sequence1, self.base.sequence2) + 1) & 0xFFFFFFFF
        struct.pack_into("<II", self._data, 4, sequence, sequence)
        struct.pack_into("<I", self._data, 40, self._bins_end - base_block.SIZE)
        struct.pack_into("<I", self._data, base_block.CHECKED, base_block.checksum(bytes(self._data[:512])))
        return bytes(self._data)

    def _open_bin(self, size: int) -> None:
        start, pages = self._bins_end, -(-(size + 32) // BIN) * BIN
        # What lies behind the last bin is no part of the hive: files grow ahead of their use.
        self._data.extend(bytes(max(0, start + pages - len(self._data))))
        header = struct.pack("<4sII20x", b"hbin", start - base_block.SIZE, pages)
        self._data[start : start + pages] = header.ljust(pages, b"\0")
        self._place = start + 32
        self._bins_end = start + pages
        self.cells.end = self._bins_end

    def _close_bin(self) -> None:
        if rest := self._bins_end - self._place:
            struct.pack_into("<i", self._data, self._place, rest)
