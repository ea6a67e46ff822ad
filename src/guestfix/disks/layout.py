"""A disk's layout from its raw bytes: partition table, partitions, and what each holds.

A few hundred kilobytes are read. Nothing raises for what a disk holds: damage becomes a note.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guestfix.disks import gpt, mbr
from guestfix.disks.boot_code import boot_code
from guestfix.disks.layout_types import SECTOR, DiskLayout, PartitionSlot, ReadAt
from guestfix.disks.partition_types import EXTENDED
from guestfix.disks.superblocks import identify
from guestfix.errors import Refused

_EXTENDED_TYPES = {f"0x{kind:02x}" for kind in EXTENDED}


class NoLayout(Refused):
    """A disk holds neither a partition table nor a file system."""

    code = "GF-DISK-NOT-A-DISK"
    aliases = (
        "No valid partitions. Not a valid volume.",
        "Parameter disk-image-size=0 has an invalid format",
    )


def read_layout(read_at: ReadAt, size: int) -> DiskLayout:
    """Return the layout of a disk of `size` bytes."""
    notes: list[str] = []
    sector = read_at(0, SECTOR)
    code = boot_code(sector.ljust(SECTOR, b"\0"))
    is_mbr = mbr.looks_like_mbr(sector)
    if not is_mbr or mbr.is_protective(sector):
        table = gpt.find(read_at, size, notes)
        if table is not None:
            slots = _identified(gpt.partitions(table, size, notes), read_at, size)
            if is_mbr and sum(1 for index in range(4) if sector[446 + 16 * index + 4]) > 1:
                notes.append("the protective MBR lists other partitions as well (hybrid MBR)")
            return DiskLayout("gpt", table.identifier, code, slots, notes=tuple(notes))
    if is_mbr:
        slots = _identified(mbr.partitions(sector, read_at, size, notes), read_at, size)
        return DiskLayout("mbr", mbr.disk_signature(sector), code, slots, notes=tuple(notes))
    return DiskLayout("none", None, code, whole=identify(read_at, size), notes=tuple(notes))


def require_layout(layout: DiskLayout, name: str) -> None:
    """Raise NoLayout unless there is a partition table or a file system; `name` is the image's, escaped."""
    if layout.table == "none" and layout.whole is None:
        raise NoLayout(
            f"{name} holds neither a partition table nor a file system",
            hint="is it the right file, and is --format right? an encrypted or empty disk looks like this too",
        )


def _identified(slots: Iterable[PartitionSlot], read_at: ReadAt, size: int) -> tuple[PartitionSlot, ...]:
    return tuple(
        slot
        if slot.type in _EXTENDED_TYPES
        else replace(slot, superblock=identify(_within(read_at, slot, size), min(slot.size, size - slot.start)))
        for slot in slots
    )


def _within(read_at: ReadAt, slot: PartitionSlot, size: int) -> ReadAt:
    end = min(slot.start + slot.size, size)

    def read(offset: int, length: int) -> bytes:
        start = slot.start + offset
        length = min(length, end - start)
        return read_at(start, length) if offset >= 0 and length > 0 else b""

    return read
