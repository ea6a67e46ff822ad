"""The headers, region table and metadata of a VHDX, after Microsoft's [MS-VHDX]."""

from __future__ import annotations

import struct
import uuid

from guestfix.disks.errors import ImageUnclean, UnsupportedImage
from guestfix.disks.headers_bytes import ImageBytes
from guestfix.disks.headers_model import Described, damaged
from guestfix.untrusted import shown

MAGIC = b"vhdxfile"

_HEADERS = (64 << 10, 128 << 10)
_REGIONS = (192 << 10, 256 << 10)
_METADATA_REGION = uuid.UUID("8b7ca206-4790-4b9a-b8fe-575f050f886e").bytes_le
_FILE_PARAMETERS = uuid.UUID("caa16737-fa36-4d43-b3b6-33f0aa44e76b").bytes_le
_DISK_SIZE = uuid.UUID("2fa54224-cd1b-4876-b211-5dbed83bf4b8").bytes_le
_LEAVE_ALLOCATED, _HAS_PARENT = 1, 2
_MOST_ENTRIES = 2047
_LARGEST = 64 << 40


def describe(image: ImageBytes) -> Described:
    """Read the metadata. Raises ImageDamaged, ImageUnclean, UnsupportedImage."""
    path = image.path
    _check_log(image)
    metadata = _metadata_offset(image)
    table = image.all(metadata, 64 << 10, "metadata table")
    (count,) = struct.unpack_from("<H", table, 10)
    if table[:8] != b"metadata" or count > _MOST_ENTRIES:
        raise damaged(path, "its metadata table is not one")
    items: dict[bytes, int] = {}
    for index in range(count):
        item, offset, _ = struct.unpack_from("<16sII", table, 32 + 32 * index)
        items[item] = metadata + offset
    if _FILE_PARAMETERS not in items or _DISK_SIZE not in items:
        raise damaged(path, "its metadata lack the size of the disk")
    block, flags = struct.unpack("<II", image.all(items[_FILE_PARAMETERS], 8, "metadata"))
    (size,) = struct.unpack("<Q", image.all(items[_DISK_SIZE], 8, "metadata"))
    if flags & _HAS_PARENT:
        raise UnsupportedImage(
            f"{shown(str(path))} is a differencing VHDX, which QEMU cannot open",
            hint="merge it with its parent first (Hyper-V: Merge-VHD)",
        )
    if not 0 < size <= _LARGEST or size % 512:
        raise damaged(path, f"it claims a disk of {size} bytes")
    if not 1 << 20 <= block <= 256 << 20 or block & (block - 1):
        raise damaged(path, f"its block size is {block}")
    return Described("vhdx", "fixed" if flags & _LEAVE_ALLOCATED else "dynamic", size)


def _check_log(image: ImageBytes) -> None:
    valid: list[tuple[int, bytes]] = []
    for offset in _HEADERS:
        header = image.some(offset, 4096)
        if len(header) == 4096 and header[:4] == b"head" and _sum_is_right(header):
            (sequence,) = struct.unpack_from("<Q", header, 8)
            valid.append((sequence, header[48:64]))
    if not valid:
        raise damaged(image.path, "neither of its two headers is valid")
    if any(max(valid)[1]):
        raise ImageUnclean(
            f"{shown(str(image.path))} was not closed cleanly: its log has to be replayed",
            hint="open and close it where it came from, or on a copy: qemu-img check -f vhdx -r all FILE",
        )


def _metadata_offset(image: ImageBytes) -> int:
    for table in _REGIONS:
        data = image.some(table, 64 << 10)
        if len(data) != 64 << 10 or data[:4] != b"regi" or not _sum_is_right(data):
            continue
        (count,) = struct.unpack_from("<I", data, 8)
        for index in range(min(count, _MOST_ENTRIES)):
            region, offset, _, _ = struct.unpack_from("<16sQII", data, 16 + 32 * index)
            if region == _METADATA_REGION:
                return int(offset)
    raise damaged(image.path, "neither of its two region tables leads to its metadata")


def _sum_is_right(data: bytes) -> bool:
    (told,) = struct.unpack_from("<I", data, 4)
    return bool(told == crc32c(data[:4] + bytes(4) + data[8:]))


def _table() -> tuple[int, ...]:
    entries = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        entries.append(value)
    return tuple(entries)


_CRC = _table()


def crc32c(data: bytes) -> int:
    """Return the Castagnoli CRC of `data`, as iSCSI, VHDX and Btrfs use it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ _CRC[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF
