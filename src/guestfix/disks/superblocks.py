"""What a file system or container says of itself in its first sectors, named and spelled as blkid does it.

Offsets are from util-linux's libblkid (superblocks/*.c) and the file systems' own headers.
"""

from __future__ import annotations

from collections.abc import Callable

from guestfix.disks.layout_types import ReadAt, Superblock
from guestfix.disks.superblocks_containers import CONTAINERS
from guestfix.disks.superblocks_fat import FAT
from guestfix.disks.superblocks_unix import UNIX

Probe = Callable[[ReadAt, int], Superblock | None]

PROBES: tuple[Probe, ...] = (*CONTAINERS, *UNIX, *FAT)
"""Containers first, as libblkid has it: the rest of an old file system may still be behind them."""


def identify(read_at: ReadAt, size: int) -> Superblock | None:
    """Return what fills a disk or partition of `size` bytes, or None for nothing that we know."""
    for probe in PROBES:
        found = probe(read_at, size)
        if found is not None:
            return found
    return None
