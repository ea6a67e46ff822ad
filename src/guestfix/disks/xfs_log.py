"""Whether the log of an XFS ends as an unmount leaves it; after xlog_find_tail() in fs/xfs/xfs_log_recover.c."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from guestfix.disks.layout_types import ReadAt

BLOCK: Final = 512
_MAGIC: Final = 0xFEEDBABE
_HEADER: Final = struct.Struct(">IIIIQQIII")
_SIZE_AT: Final = 320
_LARGEST_LOG: Final = 4 << 30
_LARGEST_RECORD: Final = 256 * 1024
_HEADER_COVERS: Final = 32 * 1024
_UNMOUNT: Final = 0x20
"""XLOG_UNMOUNT_TRANS in the flags of an operation."""


@dataclass(frozen=True, slots=True)
class _Log:
    read_at: ReadAt
    start: int
    blocks: int

    def block(self, number: int) -> bytes:
        """Return one basic block; short beyond the end of the disk."""
        return self.read_at(self.start + number % self.blocks * BLOCK, BLOCK)

    def cycle(self, number: int) -> int:
        """Return the cycle that a basic block was written in: its first word, or a record header's second."""
        first, second = struct.unpack_from(">II", self.block(number).ljust(8, b"\0"))
        return int(second if first == _MAGIC else first)


def is_clean(read_at: ReadAt, superblock: bytes) -> bool | None:
    """Return whether the last record of the log is that of an unmount; None where the log cannot be read."""
    log = _log(read_at, superblock)
    if log is None:
        return None
    head = _head(log)
    found = _last_record(log, head)
    if found is None:
        return None
    at, header = found
    length, operations = header[3], header[8]
    size = struct.unpack_from(">I", log.block(at), _SIZE_AT)[0]
    headers = -(-size // _HEADER_COVERS) if header[2] & 2 and size > _HEADER_COVERS else 1
    if operations != 1 or (at + headers + -(-length // BLOCK)) % log.blocks != head % log.blocks:
        return False
    return bool(log.block(at + headers)[9:10].ljust(1, b"\0")[0] & _UNMOUNT)


def _log(read_at: ReadAt, superblock: bytes) -> _Log | None:
    block_size = struct.unpack_from(">I", superblock, 4)[0]
    start = struct.unpack_from(">Q", superblock, 48)[0]
    group_blocks = struct.unpack_from(">I", superblock, 84)[0]
    blocks = struct.unpack_from(">I", superblock, 96)[0]
    shift = superblock[124]
    size = blocks * block_size
    if start == 0 or block_size not in {512, 1024, 2048, 4096, 8192, 16384, 32768, 65536} or shift > 32:
        return None
    if not BLOCK * 2 <= size <= _LARGEST_LOG:
        return None
    offset = ((start >> shift) * group_blocks + (start & ((1 << shift) - 1))) * block_size
    return _Log(read_at, offset, size // BLOCK)


def _head(log: _Log) -> int:
    """Return the block that is written next: there the cycle is the one before, or the log begins again."""
    first = log.cycle(0)
    if log.cycle(log.blocks - 1) == first:
        return log.blocks
    low, high = 0, log.blocks - 1
    while high - low > 1:
        middle = (low + high) // 2
        if log.cycle(middle) == first:
            low = middle
        else:
            high = middle
    return high


def _last_record(log: _Log, head: int) -> tuple[int, tuple[int, ...]] | None:
    """Return the last record's place and header; a record has at most 256 KiB."""
    for back in range(1, min(log.blocks, _LARGEST_RECORD // BLOCK + 9)):
        block = log.block(head - back)
        if len(block) == BLOCK and struct.unpack_from(">I", block)[0] == _MAGIC:
            return (head - back) % log.blocks, _HEADER.unpack_from(block)
    return None
