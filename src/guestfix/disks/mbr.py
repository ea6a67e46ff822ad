"""The DOS partition table: four slots in the first sector, and a chain of logical partitions."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from guestfix.disks.layout_types import SECTOR, PartitionSlot, ReadAt
from guestfix.disks.partition_types import EXTENDED, MBR

SIGNATURE: Final = b"\x55\xaa"
MAX_LOGICAL: Final = 128
"""Logical partitions that are followed; Linux stops at 256 minors."""


def looks_like_mbr(sector: bytes) -> bool:
    """Whether a first sector is a partition table and not the boot sector of a FAT or NTFS file system.

    Both end in 55 AA. A table has the status byte 00 or 80 in every slot, and something in one of them.
    """
    if len(sector) < SECTOR or sector[510:512] != SIGNATURE:
        return False
    slots = [sector[446 + 16 * index : 462 + 16 * index] for index in range(4)]
    if any(slot[0] not in (0x00, 0x80) for slot in slots):
        return False
    used = [slot for slot in slots if slot[4] != 0]
    if _is_file_system(sector):
        return bool(used) and all(struct.unpack_from("<I", slot, 8)[0] > 0 for slot in used)
    return bool(used) or any(sector[:440])


def _is_file_system(sector: bytes) -> bool:
    """Whether there is a BIOS parameter block: a jump, and a FAT or NTFS name where those have it."""
    jump = sector[0] == 0xEB or sector[0] == 0xE9
    return jump and (
        sector[3:11] in (b"NTFS    ", b"EXFAT   ", b"-FVE-FS-")
        or sector[54:59] in (b"FAT12", b"FAT16")
        or sector[82:87] == b"FAT32"
    )


def disk_signature(sector: bytes) -> str:
    """Return the disk signature as PARTUUIDs begin: 8 hex digits."""
    return f"{struct.unpack_from('<I', sector, 440)[0]:08x}"


def is_protective(sector: bytes) -> bool:
    """Whether a slot says that the real table is a GPT."""
    return any(sector[446 + 16 * index + 4] == 0xEE for index in range(4))


def partitions(sector: bytes, read_at: ReadAt, size: int, notes: list[str]) -> Iterator[PartitionSlot]:
    """Yield the partitions of a table, primary ones first; what is wrong with it goes into `notes`."""
    signature = disk_signature(sector)
    extended: list[int] = []
    for index in range(4):
        status, kind, start, count = _slot(sector, index)
        if kind == 0 or count == 0:
            continue
        yield _partition(index + 1, status, kind, start, count, signature, size, notes)
        if kind in EXTENDED:
            extended.append(start)
    number = 5
    for first in extended[:1]:
        for status, kind, start, count in _logical(first, read_at, size, notes):
            yield _partition(number, status, kind, start, count, signature, size, notes)
            number += 1
    if len(extended) > 1:
        notes.append("there is more than one extended partition; the first one is followed")


def _logical(first: int, read_at: ReadAt, size: int, notes: list[str]) -> Iterator[tuple[int, int, int, int]]:
    seen: set[int] = set()
    here = first
    while True:
        if here in seen or len(seen) >= MAX_LOGICAL or here * SECTOR >= size:
            notes.append("the chain of logical partitions leads in a circle or past the end of the disk")
            return
        seen.add(here)
        sector = read_at(here * SECTOR, SECTOR)
        if len(sector) < SECTOR or sector[510:512] != SIGNATURE:
            notes.append("the chain of logical partitions is broken")
            return
        following = 0
        for index in range(4):
            status, kind, start, count = _slot(sector, index)
            if kind in EXTENDED and following == 0:
                following = first + start
            elif kind != 0 and count != 0 and index < 2:
                yield status, kind, here + start, count
        if following == 0:
            return
        here = following


def _slot(sector: bytes, index: int) -> tuple[int, int, int, int]:
    status, _, kind, _, start, count = struct.unpack_from("<B3sB3sII", sector, 446 + 16 * index)
    return status, kind, start, count


def _partition(
    number: int, status: int, kind: int, start: int, count: int, signature: str, size: int, notes: list[str]
) -> PartitionSlot:
    if (start + count) * SECTOR > size:
        notes.append(f"partition {number} reaches past the end of the disk")
    return PartitionSlot(
        number=number,
        start=start * SECTOR,
        size=count * SECTOR,
        type=f"0x{kind:02x}",
        type_name=MBR.get(kind, f"type 0x{kind:02x}"),
        uuid=f"{signature}-{number:02x}" if kind not in EXTENDED or number < 5 else None,
        flags=("active",) if status == 0x80 else (),
    )
