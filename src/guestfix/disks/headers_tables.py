"""Whether the tables of a sparse image point into its file: QEMU reads zeros, or nothing, where they do not.

A VMDK or VHD that was cut short, in an upload for example, has a good header all the same.
"""

from __future__ import annotations

import sys
from array import array

from guestfix.disks.headers_bytes import SECTOR, ImageBytes
from guestfix.disks.headers_model import damaged

_MOST = 64 << 20
"""Bytes of tables that are looked at: a VMDK of 1 TiB has as many. What lies behind them is left to QEMU."""
_PIECE = 1 << 20
_FREE = 0xFFFFFFFF


def check_grains(image: ImageBytes, directory: int, tables: int, entries: int, grain: int) -> None:
    """Check the grain tables of a VMDK: `directory` is the sector of the `tables` places of tables of `entries`.

    `grain` is how many bytes of each grain have to be in the file: all of it, or of a compressed one its marker.
    Raises ImageDamaged.
    """
    places = _numbers(image, directory * SECTOR, min(tables * 4, _MOST), big=False)
    if any(place * SECTOR >= image.size for place in places):
        raise damaged(image.path, "it ends before the end of its grain tables")
    left = _MOST
    for place in places:
        if place and left > 0:
            left -= entries * 4
            last = max(_numbers(image, place * SECTOR, entries * 4, big=False), default=0)
            # 1 stands for a grain of zeros.
            if last > 1 and last * SECTOR + grain > image.size:
                raise damaged(image.path, "its grain tables point behind its end")


def check_blocks(image: ImageBytes, table: int, entries: int, block: int) -> None:
    """Check the block table of a dynamic VHD, whose blocks have a bitmap of a sector or more before them."""
    bitmap = -(-block // SECTOR // 8 // SECTOR) * SECTOR
    for at in range(table, table + min(entries * 4, _MOST), _PIECE):
        length = min(_PIECE, table + entries * 4 - at)
        used = [each for each in _numbers(image, at, length, big=True) if each != _FREE]
        if used and max(used) * SECTOR + bitmap + block > image.size:
            raise damaged(image.path, "its block table points behind its end")


def _numbers(image: ImageBytes, offset: int, length: int, *, big: bool) -> array[int]:
    data = image.some(offset, length)
    found = array("I", data[: len(data) // 4 * 4])
    if big is (sys.byteorder == "little"):
        found.byteswap()
    return found
