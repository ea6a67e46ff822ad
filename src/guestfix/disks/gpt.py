"""The GUID partition table, its checksums, and its backup at the end of the disk (UEFI specification, 5)."""

from __future__ import annotations

import struct
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guestfix.disks.layout_types import PartitionSlot, ReadAt
from guestfix.disks.partition_types import GPT, GPT_FLAGS

SIGNATURE: Final = b"EFI PART"
SECTOR_SIZES: Final = (512, 4096)
MAX_ENTRIES: Final = 1024
MAX_ENTRY_SIZE: Final = 4096
_HEADER: Final = struct.Struct("<8s4sIIIQQQQ16sQIII")
_NOTHING: Final = bytes(16)


@dataclass(frozen=True, slots=True)
class Gpt:
    """A table that was found."""

    identifier: str
    sector_size: int
    entries: bytes
    entry_size: int


def find(read_at: ReadAt, size: int, notes: list[str]) -> Gpt | None:
    """Return the table, from its backup if need be; None if there is none. Damage goes into `notes`."""
    damaged = False
    for sector_size in SECTOR_SIZES:
        for place, what in ((sector_size, "primary"), (size - size % sector_size - sector_size, "backup")):
            if place <= 0 or read_at(place, 8) != SIGNATURE:
                continue
            table = _table(read_at, place, size, sector_size)
            if table is None:
                damaged = True
                notes.append(f"the {what} GPT is damaged: a checksum or a size is wrong")
                continue
            if what == "backup":
                notes.append("the GPT was read from its backup at the end of the disk")
            return table
    if damaged:
        notes.append("no GPT is usable")
    return None


def _table(read_at: ReadAt, place: int, size: int, sector_size: int) -> Gpt | None:
    header = read_at(place, _HEADER.size)
    if len(header) < _HEADER.size:
        return None
    _, _, length, checksum, _, _, _, _, _, disk, entries_at, count, entry_size, entries_sum = _HEADER.unpack(
        header
    )
    if not _HEADER.size <= length <= sector_size or not 128 <= entry_size <= MAX_ENTRY_SIZE or entry_size % 8:
        return None
    whole = read_at(place, length)
    if zlib.crc32(whole[:16] + bytes(4) + whole[20:]) != checksum:
        return None
    if not 0 < count <= MAX_ENTRIES or entries_at * sector_size >= size:
        return None
    entries = read_at(entries_at * sector_size, count * entry_size)
    if len(entries) < count * entry_size or zlib.crc32(entries) != entries_sum:
        return None
    return Gpt(guid(disk), sector_size, entries, entry_size)


def partitions(table: Gpt, size: int, notes: list[str]) -> Iterator[PartitionSlot]:
    """Yield the partitions of a table in the order of their slots."""
    for index in range(len(table.entries) // table.entry_size):
        entry = table.entries[index * table.entry_size :][: table.entry_size]
        kind, unique, first, last, attributes = struct.unpack_from("<16s16sQQQ", entry)
        if kind == _NOTHING:
            continue
        number = index + 1
        if last < first:
            notes.append(f"partition {number} ends before it begins")
            continue
        if (last + 1) * table.sector_size > size:
            notes.append(f"partition {number} reaches past the end of the disk")
        name = entry[56:128].decode("utf-16-le", "replace").partition("\0")[0]
        yield PartitionSlot(
            number=number,
            start=first * table.sector_size,
            size=(last - first + 1) * table.sector_size,
            type=guid(kind),
            type_name=GPT.get(guid(kind), f"type {guid(kind)}"),
            uuid=guid(unique),
            name=name or None,
            flags=tuple(flag for bit, flag in GPT_FLAGS.items() if attributes >> bit & 1),
        )


def guid(data: bytes) -> str:
    """Return a GUID as text in lower case; its first three fields are little-endian."""
    return str(uuid.UUID(bytes_le=data))
