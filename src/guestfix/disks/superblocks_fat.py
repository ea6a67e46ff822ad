"""Superblocks of file systems that begin with a BIOS parameter block: FAT, exFAT, NTFS, BitLocker."""

from __future__ import annotations

import struct

from guestfix.disks.layout_types import Geometry, ReadAt, Superblock
from guestfix.disks.superblock_text import utf16_label

_NO_NAME = b"NO NAME    "
_DIRECTORY_ENTRY = 32
_MAX_ROOT = 512 * 1024
_VOLUME_LABEL, _LONG_NAME = 0x08, 0x0F
_MFT_VOLUME = 3
_ATTRIBUTE_VOLUME_NAME = 0x60


def bitlocker(read_at: ReadAt, size: int) -> Superblock | None:
    """BitLocker: the encrypted volume's boot sector names FVE where NTFS would stand."""
    return Superblock("BitLocker") if read_at(3, 8) == b"-FVE-FS-" else None


def ntfs(read_at: ReadAt, size: int) -> Superblock | None:
    """NTFS; the label is in the $Volume record of the master file table."""
    boot = read_at(0, 512)
    if len(boot) < 512 or boot[3:11] != b"NTFS    ":
        return None
    serial = struct.unpack_from("<Q", boot, 0x48)[0]
    heads, hidden = struct.unpack_from("<HI", boot, 0x1A)
    return Superblock("ntfs", f"{serial:016X}", _ntfs_label(read_at, boot), geometry=Geometry(heads, hidden))


def _ntfs_label(read_at: ReadAt, boot: bytes) -> str | None:
    sector = struct.unpack_from("<H", boot, 0x0B)[0]
    per_cluster = boot[0x0D]
    cluster = sector * (per_cluster if per_cluster <= 128 else 1 << (256 - per_cluster))
    record_code = struct.unpack_from("<b", boot, 0x40)[0]
    record = record_code * cluster if record_code > 0 else 1 << -record_code
    if not 256 <= sector <= 4096 or not 512 <= record <= 65536:
        return None
    table = struct.unpack_from("<Q", boot, 0x30)[0] * cluster
    data = read_at(table + _MFT_VOLUME * record, record)
    if len(data) < record or data[:4] != b"FILE":
        return None
    at = struct.unpack_from("<H", data, 0x14)[0]
    while at + 24 <= len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind == 0xFFFFFFFF or length < 24:
            return None
        if kind == _ATTRIBUTE_VOLUME_NAME and data[at + 8] == 0:
            size, offset = struct.unpack_from("<IH", data, at + 16)
            return utf16_label(data[at + offset : at + offset + min(size, 256)])
        at += length
    return None


def exfat(read_at: ReadAt, size: int) -> Superblock | None:
    """The exFAT file system; its label is not read."""
    boot = read_at(0, 512)
    if len(boot) < 512 or boot[3:11] != b"EXFAT   ":
        return None
    return Superblock("exfat", _serial(boot, 100))


def vfat(read_at: ReadAt, size: int) -> Superblock | None:
    """FAT12, FAT16 and FAT32: one type, as blkid has it. The label in the root directory counts first."""
    boot = read_at(0, 512)
    if len(boot) < 512 or boot[510:512] != b"\x55\xaa" or boot[0] not in (0xEB, 0xE9):
        return None
    is_32 = boot[82:87] == b"FAT32"
    if not is_32 and boot[54:58] != b"FAT1":
        return None
    serial, label = (67, boot[71:82]) if is_32 else (39, boot[43:54])
    named = _root_label(read_at, boot, is_32=is_32)
    if named is None and label != _NO_NAME:
        named = label
    text = None if named is None else named.decode("cp437").rstrip(" \0") or None
    return Superblock("vfat", _serial(boot, serial), text)


def _root_label(read_at: ReadAt, boot: bytes, *, is_32: bool) -> bytes | None:
    sector, per_cluster, reserved, fats, entries = struct.unpack_from("<HBHBH", boot, 11)
    if sector not in (512, 1024, 2048, 4096) or per_cluster == 0:
        return None
    if is_32:
        fat_size, root_cluster = struct.unpack_from("<I", boot, 36)[0], struct.unpack_from("<I", boot, 44)[0]
        start = (reserved + fats * fat_size + max(root_cluster - 2, 0) * per_cluster) * sector
        length = per_cluster * sector
    else:
        start = (reserved + fats * struct.unpack_from("<H", boot, 22)[0]) * sector
        length = entries * _DIRECTORY_ENTRY
    directory = read_at(start, min(length, _MAX_ROOT))
    for at in range(0, len(directory) - _DIRECTORY_ENTRY + 1, _DIRECTORY_ENTRY):
        first, attributes = directory[at], directory[at + 11]
        if first == 0:
            return None
        if first != 0xE5 and attributes & _LONG_NAME != _LONG_NAME and attributes & _VOLUME_LABEL:
            return directory[at : at + 11]
    return None


def _serial(boot: bytes, at: int) -> str | None:
    number = boot[at : at + 4]
    return f"{number[3]:02X}{number[2]:02X}-{number[1]:02X}{number[0]:02X}" if any(number) else None


FAT = (bitlocker, ntfs, exfat, vfat)
