"""The footer of a VHD (QEMU calls the format vpc), after Microsoft's specification of the format."""

from __future__ import annotations

import struct

from guestfix.disks.errors import DifferencingVhd, FootersDiffer, UnsupportedImage
from guestfix.disks.headers_bytes import SECTOR, ImageBytes
from guestfix.disks.headers_model import Described, damaged
from guestfix.disks.headers_tables import check_blocks
from guestfix.untrusted import shown

COOKIE = b"conectix"

_FOOTER = struct.Struct(">8sIIQI4sI4sQQHBBII")
_SPARSE = struct.Struct(">8sQQIIII")
_FIXED, _DYNAMIC, _DIFFERENCING = 2, 3, 4
# QEMU (block/vpc.c) takes the size of these creators' images from the size field, and everyone else's from the
# geometry, which is what Virtual PC shows its guests.
_SIZE_IS_RIGHT = {b"win ", b"qem2", b"d2v ", b"tap\0", b"CXS\0"}
_MOST_GEOMETRY = 65535 * 16 * 255


def claims(image: ImageBytes) -> bool:
    """Whether the file has a VHD footer at its start (dynamic) or its end (fixed)."""
    return image.some(0, 8) == COOKIE or image.some(image.size - SECTOR, 8) == COOKIE


def describe(image: ImageBytes) -> Described:
    """Read the footer and its copy at the start, which are the same. Raises ImageDamaged, UnsupportedImage."""
    path = image.path
    copies = [image.some(0, SECTOR), image.some(image.size - SECTOR, SECTOR)]
    good = [
        footer for footer in copies if len(footer) == SECTOR and footer[:8] == COOKIE and _sum_is_right(footer, 64)
    ]
    if not good:
        raise FootersDiffer(
            f"{shown(str(path))}: the checksum of its VHD footer is wrong",
            hint="the file was probably copied or downloaded incompletely: compare its size with the source",
        )
    (_, _, _, data_offset, _, creator, _, _, _, size, cylinders, heads, sectors, kind, _) = _FOOTER.unpack_from(
        good[-1]
    )
    if kind == _DIFFERENCING:
        raise DifferencingVhd(
            f"{shown(str(path))} is a differencing VHD, which QEMU would read without its parent",
            hint="merge it with its parent first (Hyper-V: Merge-VHD)",
        )
    if kind not in {_FIXED, _DYNAMIC}:
        raise UnsupportedImage(
            f"{shown(str(path))} is a VHD of unknown type {kind}",
            hint="convert it to a fixed or dynamic VHD first",
        )
    geometry = cylinders * heads * sectors
    if creator not in _SIZE_IS_RIGHT and geometry != _MOST_GEOMETRY:
        size = geometry * SECTOR
    if not 0 < size < 1 << 63:
        raise damaged(path, f"it claims a disk of {size} bytes")
    notes: tuple[str, ...] = ()
    if kind == _FIXED:
        if image.size - SECTOR < size:
            raise damaged(path, "it ends before the end of the disk that it describes")
        return Described("vpc", "fixed", size)
    if copies[0][:8] != COOKIE:
        raise FootersDiffer(
            f"{shown(str(path))}: the footer's copy at its start is missing",
            hint="the file was probably copied or downloaded incompletely: compare its size with the source",
        )
    if len(good) == len(copies) and good[0] != good[1]:
        raise FootersDiffer(
            f"{shown(str(path))}: the VHD footers at its start and its end are not the same",
            hint="export the disk again: the program that wrote it did not end well",
        )
    if copies[-1] not in good:
        notes = ("the footer at its end is missing or wrong; the copy at its start is used",)
    _check_table(image, data_offset, size)
    return Described("vpc", "dynamic", size, notes=notes)


def _check_table(image: ImageBytes, offset: int, size: int) -> None:
    header = image.all(offset, 1024, "dynamic disk header")
    cookie, _, table, _, entries, block, _ = _SPARSE.unpack_from(header)
    if cookie != b"cxsparse" or not _sum_is_right(header, 36):
        raise damaged(image.path, "its dynamic disk header is not one or has a wrong checksum")
    if block < SECTOR or block & (block - 1):
        raise damaged(image.path, f"its block size is {block}")
    if entries * block < size:
        raise damaged(image.path, "its block table is too short for the disk that it describes")
    if table + entries * 4 > image.size:
        raise damaged(image.path, "it ends before the end of its block table")
    check_blocks(image, table, entries, block)


def _sum_is_right(data: bytes, at: int) -> bool:
    (told,) = struct.unpack_from(">I", data, at)
    return bool(told == ~(sum(data) - sum(data[at : at + 4])) & 0xFFFFFFFF)
