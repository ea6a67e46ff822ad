"""The boot sector of XP and 2003 against the disk: what NTFS says, and what a BIOS makes of the size."""

from __future__ import annotations

import struct

import pytest

from guestfix.disks.superblocks_fat import ntfs
from guestfix.facts.model import Geometry, Image, Partition, Volume
from guestfix.facts.windows_boot_sector import boot_sector
from guestfix.facts.windows_model import BootSector


def image(size: int, flags: tuple[str, ...] = ("active",)) -> Image:
    part = Partition(
        number=1, device="/dev/sda1", start=63 * 512, size=1 << 30, type="0x07", type_name="NTFS", flags=flags
    )
    return Image(
        path="disk.img",
        device="/dev/sda",
        format="raw",
        virtual_size=size,
        file_size=size,
        table="mbr",
        boot_code="windows",
        partitions=(part,),
    )


VOLUME = Volume(
    device="/dev/sda1",
    kind="partition",
    type="ntfs",
    size=1 << 30,
    geometry=Geometry(heads=240, hidden_sectors=2048),
)


@pytest.mark.parametrize(("size", "heads"), [(2114445311, 64), (2114445312, 128), (4228374780, 255)])
def test_heads_by_the_size_of_the_disk(size: int, heads: int) -> None:
    assert boot_sector([image(size)], (VOLUME,)) == BootSector(
        device="/dev/sda1", heads=240, disk_heads=heads, hidden_sectors=2048, first_sector=63
    )


def test_only_the_active_partition_counts() -> None:
    assert boot_sector([image(1 << 32, flags=())], (VOLUME,)) is None
    assert boot_sector([], (VOLUME,)) is None


def test_ntfs_says_heads_and_hidden_sectors() -> None:
    boot = bytearray(512)
    boot[3:11] = b"NTFS    "
    boot[0x18:0x20] = struct.pack("<HHI", 63, 255, 2048)
    found = ntfs(lambda offset, length: bytes(boot[offset : offset + length]), 1 << 30)
    assert found is not None
    assert found.geometry is not None
    assert (found.geometry.heads, found.geometry.hidden_sectors) == (255, 2048)
