"""Replay the transaction logs of a hive whose last write was not carried to its end, as Windows would.

Two formats exist. Until Windows 8 a log is one set of 512-byte pages (DIRT). Since then it is a row of entries,
each with pages and hashes (HvLE), in LOG1 and LOG2 together. Source: "Windows registry file format specification"
by M. Suhanov (msuhanov/regf), "Format of transaction log files" and "Dirty state of a hive".
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from guestfix.registry import base_block
from guestfix.registry.base_block import BaseBlock, checksum
from guestfix.registry.errors import HiveTooLarge, HiveUnclean, NotAHive
from guestfix.registry.hive import LARGEST

LARGEST_LOG: Final = 64 * 1024 * 1024
"""Bytes of one log that are read; Windows starts anew long before."""

SECTOR: Final = 512
OLD: Final = (1, 2)
NEW: Final = 6
"""Types of a log, in the field of its base block that is 0 for a hive."""

SEED: Final = 0x82EF4D887A4E55C5
"""With which Windows begins the hashes of log entries. The specification prints its bytes in the other order."""

_MASK: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of a log of the new format."""

    sequence: int
    bins_size: int
    pages: tuple[tuple[int, bytes], ...]
    """Offsets from the end of the base block, and bytes."""


def recovered(data: bytes, logs: Sequence[bytes]) -> bytes:
    """Return the hive `data` with what `logs` (LOG1, LOG2, LOG; any order) say is missing. It is clean then.

    Raises HiveUnclean if they do not say, NotAHive, HiveTooLarge.
    """
    heads = [(log, head) for log in logs if (head := _head(log)) is not None]
    right = data.startswith(b"regf") and len(data) >= SECTOR and _checksum_right(data)
    if not right:
        data = _with_base_block(data, heads)
    base = BaseBlock.parse(data)
    if base.is_clean and right:
        return data
    if any(head[28] == NEW for _, head in heads):
        return _replayed(data, base, [log for log, head in heads if head[28] == NEW])
    for log, head in heads:
        # The time says which state of the hive a log of the old format belongs to.
        if head[28] in OLD and head[12:20] == data[12:20] and head[4:8] == head[8:12]:
            return _overlaid(data, log, head)
    raise HiveUnclean(
        "the hive was not written to its end, and no log beside it says what is missing",
        hint="start the guest on its old platform, shut it down cleanly, and convert it again",
    )


def _head(log: bytes) -> bytes | None:
    """Return the first sector of a log that can be used."""
    if len(log) > LARGEST_LOG:
        raise HiveTooLarge(f"a log of the hive has {len(log)} bytes; guestfix reads {LARGEST_LOG} at most")
    head = log[:SECTOR]
    if len(head) < SECTOR or not head.startswith(b"regf") or not _checksum_right(head):
        return None
    return head if head[28] in (*OLD, NEW) else None


def _checksum_right(data: bytes) -> bool:
    return checksum(data) == int.from_bytes(data[base_block.CHECKED : base_block.CHECKED + 4], "little")


def _with_base_block(data: bytes, heads: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the hive with its first sector from a log: it was being written when the guest died."""
    for _, head in heads:
        return _sealed(head[:28] + bytes(4) + head[32:] + data[SECTOR:])
    raise HiveUnclean(
        "the first sector of the hive is damaged, and no log beside it holds another",
        hint="restore the hive, or start the guest on its old platform once",
    )


def _replayed(data: bytes, base: BaseBlock, logs: Iterable[bytes]) -> bytes:
    rows = sorted((row for log in logs if (row := list(_entries(log)))), key=lambda row: row[0].sequence)
    out = bytearray(data)
    last: _Entry | None = None
    for entry in (entry for row in rows for entry in row):
        # What was written whole may be written again; the row of entries must have no gap.
        if entry.sequence < base.sequence2 or (last is not None and entry.sequence != last.sequence + 1):
            continue
        _overlay(out, entry.pages, entry.bins_size)
        last = entry
    if last is None or last.sequence < base.sequence1:
        raise HiveUnclean(
            "the hive was not written to its end, and its logs hold nothing that is newer",
            hint="start the guest on its old platform, shut it down cleanly, and convert it again",
        )
    struct.pack_into("<II", out, 4, last.sequence, last.sequence)
    struct.pack_into("<I", out, 40, last.bins_size)
    return _sealed(bytes(out))


def _entries(log: bytes) -> Iterator[_Entry]:
    """Yield the entries of a log up to the first that is damaged: Windows stops there too."""
    place = SECTOR
    while place + 40 <= len(log):
        signature, size, _, sequence, bins_size, count, first, second = struct.unpack_from(
            "<4sIIIIIQQ", log, place
        )
        if signature != b"HvLE" or size < 40 + 8 * count or size % SECTOR or place + size > len(log):
            return
        if bins_size % base_block.SIZE or bins_size > LARGEST:
            return
        if marvin(log[place + 40 : place + size]) != first or marvin(log[place : place + 32]) != second:
            return
        pages: list[tuple[int, bytes]] = []
        at = place + 40 + 8 * count
        for number in range(count):
            offset, length = struct.unpack_from("<II", log, place + 40 + 8 * number)
            if offset + length > bins_size or at + length > place + size:
                return
            pages.append((offset, log[at : at + length]))
            at += length
        yield _Entry(sequence, bins_size, tuple(pages))
        place += size


def _overlaid(data: bytes, log: bytes, head: bytes) -> bytes:
    """Return the hive with the pages of a log of the old format, and its base block."""
    bins_size = struct.unpack_from("<I", head, 40)[0]
    length = bins_size // SECTOR // 8
    bitmap = log[SECTOR + 4 : SECTOR + 4 + length]
    if log[SECTOR : SECTOR + 4] != b"DIRT" or len(bitmap) < length or bins_size > LARGEST:
        raise HiveUnclean("the hive was not written to its end, and its log is damaged")
    place = -(-(SECTOR + 4 + length) // SECTOR) * SECTOR
    pages: list[tuple[int, bytes]] = []
    for number in range(length * 8):
        if bitmap[number // 8] >> number % 8 & 1:
            page = log[place : place + SECTOR]
            if len(page) < SECTOR:
                raise HiveUnclean("the hive was not written to its end, and its log is cut off")
            pages.append((number * SECTOR, page))
            place += SECTOR
    out = bytearray(head[:28] + bytes(4) + head[32:] + data[SECTOR:])
    _overlay(out, pages, bins_size)
    return _sealed(bytes(out))


def _overlay(out: bytearray, pages: Iterable[tuple[int, bytes]], bins_size: int) -> None:
    out.extend(bytes(max(0, base_block.SIZE + bins_size - len(out))))
    for offset, page in pages:
        place = base_block.SIZE + offset
        out[place : place + len(page)] = page


def _sealed(data: bytes) -> bytes:
    """Return `data` with the right checksum. Raises NotAHive for less than a base block."""
    if len(data) < base_block.SIZE:
        raise NotAHive("this file is no registry hive: it is shorter than the first block of one")
    out = bytearray(data)
    struct.pack_into("<I", out, base_block.CHECKED, checksum(data))
    return bytes(out)


def marvin(data: bytes, seed: int = SEED) -> int:
    """Return the Marvin32 hash of `data`, of 64 bits (dotnet/runtime, Marvin.cs)."""
    low, high = seed & _MASK, seed >> 32
    whole = len(data) & ~3
    rest = int.from_bytes(data[whole:], "little") | 0x80 << 8 * (len(data) - whole)
    words = struct.unpack(f"<{whole // 4}I", data[:whole])
    for word in (*words, rest, 0):
        low = low + word & _MASK
        high ^= low
        low = ((low << 20 | low >> 12) + high) & _MASK
        high = (high << 9 | high >> 23) & _MASK ^ low
        low = ((low << 27 | low >> 5) + high) & _MASK
        high = (high << 19 | high >> 13) & _MASK
    return high << 32 | low
