"""Superblocks of Unix file systems and swap."""

from __future__ import annotations

import struct

from guestfix.disks import xfs_log
from guestfix.disks.layout_types import ReadAt, Superblock
from guestfix.disks.superblock_text import label_text, uuid_text

_PAGE_SIZES = (4096, 8192, 16384, 32768, 65536)
_SWAP = (b"SWAPSPACE2", b"SWAP-SPACE")
_REISER = (b"ReIsErFs", b"ReIsEr2Fs", b"ReIsEr3Fs")
_REISER_PLACES = (64 * 1024, 8 * 1024)

_RECOVERY = ("its journal needs recovery: it was not unmounted",)

# ext2/3/4: struct ext2_super_block; feature bits by libblkid's ext.c.
_EXT_JOURNAL = 0x0004
_EXT_RECOVER = 0x0004
_EXT_JOURNAL_DEVICE = 0x0008
_EXT3_INCOMPAT = 0x0002 | 0x0004 | 0x0010
_EXT3_RO_COMPAT = 0x0001 | 0x0002 | 0x0004


def ext(read_at: ReadAt, size: int) -> Superblock | None:
    """ext2, ext3, ext4: told apart by their features, as libblkid does it."""
    block = read_at(1024, 1024)
    if len(block) < 1024 or block[0x38:0x3A] != b"\x53\xef":
        return None
    compat, incompat, ro_compat = struct.unpack_from("<III", block, 0x5C)
    notes = _RECOVERY if incompat & _EXT_RECOVER else ()
    if incompat & _EXT_JOURNAL_DEVICE:
        kind = "jbd"
    elif ro_compat & ~_EXT3_RO_COMPAT or incompat & ~_EXT3_INCOMPAT:
        kind = "ext4"
    else:
        kind = "ext3" if compat & _EXT_JOURNAL else "ext2"
    return Superblock(kind, uuid_text(block[0x68:0x78]), label_text(block[0x78:0x88]), notes)


def xfs(read_at: ReadAt, size: int) -> Superblock | None:
    """XFS."""
    block = read_at(0, 512)
    if block[:4] != b"XFSB" or len(block) < 512:
        return None
    notes = _RECOVERY if xfs_log.is_clean(read_at, block) is False else ()
    return Superblock("xfs", uuid_text(block[32:48]), label_text(block[108:120]), notes)


def btrfs(read_at: ReadAt, size: int) -> Superblock | None:
    """Btrfs: the superblock at 64 KiB."""
    block = read_at(0x10000, 0x300)
    if len(block) < 0x300 or block[0x40:0x48] != b"_BHRfS_M":
        return None
    return Superblock("btrfs", uuid_text(block[0x20:0x30]), label_text(block[0x12B:0x22B]))


def jfs(read_at: ReadAt, size: int) -> Superblock | None:
    """JFS: the superblock at 32 KiB."""
    block = read_at(0x8000, 184)
    if len(block) < 184 or block[:4] != b"JFS1":
        return None
    return Superblock("jfs", uuid_text(block[136:152]), label_text(block[152:168]))


def reiserfs(read_at: ReadAt, size: int) -> Superblock | None:
    """ReiserFS 3.5 and 3.6."""
    for place in _REISER_PLACES:
        block = read_at(place, 128)
        if len(block) == 128 and block[0x34:0x3E].startswith(_REISER):
            return Superblock("reiserfs", uuid_text(block[0x54:0x64]), label_text(block[0x64:0x74]))
    return None


def swap(read_at: ReadAt, size: int) -> Superblock | None:
    """Linux swap: its mark is in the last ten bytes of the first page, whatever the page size was."""
    for page in _PAGE_SIZES:
        if read_at(page - 10, 10) in _SWAP:
            header = read_at(1024, 44)
            return Superblock("swap", uuid_text(header[12:28]), label_text(header[28:44]))
    return None


def iso9660(read_at: ReadAt, size: int) -> Superblock | None:
    """ISO 9660."""
    block = read_at(0x8000, 2048)
    if len(block) < 2048 or block[1:6] != b"CD001":
        return None
    stamp = block[830:846] if any(block[830:846].strip(b"0\0")) else block[813:829]
    digits = stamp.decode("ascii", "replace")
    parts = (digits[:4], digits[4:6], digits[6:8], digits[8:10], digits[10:12], digits[12:14], digits[14:16])
    uuid = "-".join(parts) if digits.isdecimal() else None
    return Superblock("iso9660", uuid, block[40:72].decode("ascii", "replace").strip(" \0") or None)


def squashfs(read_at: ReadAt, size: int) -> Superblock | None:
    """Squashfs 4, little-endian."""
    return Superblock("squashfs") if read_at(0, 4) == b"hsqs" else None


UNIX = (ext, xfs, btrfs, jfs, reiserfs, swap, iso9660, squashfs)
