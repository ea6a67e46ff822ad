"""What the boot sector of the active partition says of the disk under it, which XP and 2003 go by.

Later Windows read neither number. Source: virt-v2v convert_windows.ml fix_ntfs_heads, for the heads that a BIOS
gives disks of these sizes; Microsoft, "Boot sector" (NTFS Technical Reference): the code in it adds the hidden
sectors to every place that it reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from guestfix.facts.base import Unknown
from guestfix.facts.model import Image, Volume
from guestfix.facts.windows_model import BootSector

SECTOR: Final = 512
_HEADS: Final = ((2114445312, 64), (4228374780, 128))
"""Disks smaller than this have so many heads; larger ones have 255."""


def boot_sector(images: Sequence[Image], volumes: tuple[Volume, ...] | Unknown) -> BootSector | None:
    """Return what the first disk's active partition says, if it is NTFS."""
    if not images or images[0].table != "mbr" or isinstance(volumes, Unknown):
        return None
    active = next((part for part in images[0].partitions if "active" in part.flags), None)
    volume = next((one for one in volumes if active and one.device == active.device), None)
    if active is None or volume is None or volume.geometry is None:
        return None
    size = images[0].virtual_size
    return BootSector(
        device=active.device,
        heads=volume.geometry.heads,
        disk_heads=next((heads for below, heads in _HEADS if size < below), 255),
        hidden_sectors=volume.geometry.hidden_sectors,
        first_sector=active.start // SECTOR,
    )
