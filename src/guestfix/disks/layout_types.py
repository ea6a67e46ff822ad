"""What a disk's layout is made of. Offsets and sizes are bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

ReadAt = Callable[[int, int], bytes]
"""Reads (offset, length) of a disk or partition; fewer bytes only at its end."""

SECTOR = 512


@dataclass(frozen=True, slots=True)
class Geometry:
    """What a boot sector says of the disk it was made on."""

    heads: int
    hidden_sectors: int


@dataclass(frozen=True, slots=True)
class Superblock:
    """What a file system or container says of itself; `type` and `uuid` are spelled as blkid spells them."""

    type: str
    uuid: str | None = None
    label: str | None = None
    notes: tuple[str, ...] = ()
    geometry: Geometry | None = None


@dataclass(frozen=True, slots=True)
class PartitionSlot:
    """One partition. `number` is Linux's: logical ones count from 5, GPT ones are the slot + 1."""

    number: int
    start: int
    size: int
    type: str
    """MBR type as 0x83, or GPT type GUID in lower case."""
    type_name: str
    uuid: str | None
    name: str | None = None
    flags: tuple[str, ...] = ()
    superblock: Superblock | None = None


@dataclass(frozen=True, slots=True)
class DiskLayout:
    """One disk: its partition table, or the file system that fills it without one."""

    table: Literal["mbr", "gpt", "none"]
    identifier: str | None
    boot_code: str
    partitions: tuple[PartitionSlot, ...] = ()
    whole: Superblock | None = None
    notes: tuple[str, ...] = ()
