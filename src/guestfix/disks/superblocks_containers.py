"""Superblocks of what holds other file systems: LVM, LUKS, md."""

from __future__ import annotations

import struct
import uuid

from guestfix.disks.layout_types import ReadAt, Superblock
from guestfix.disks.superblock_text import label_text, uuid_text

_MD_MAGIC = 0xA92B4EFC
_MD_1_SIZE = 256
_LVM_GROUPS = (6, 4, 4, 4, 4, 4, 6)


def luks(read_at: ReadAt, size: int) -> Superblock | None:
    """LUKS 1 and 2."""
    header = read_at(0, 512)
    if len(header) < 512 or header[:6] != b"LUKS\xba\xbe":
        return None
    version = struct.unpack_from(">H", header, 6)[0]
    uuid = label_text(header[168:208])
    label = label_text(header[24:72]) if version == 2 else None
    return Superblock("crypto_LUKS", uuid, label, (f"LUKS {version}",))


def lvm2(read_at: ReadAt, size: int) -> Superblock | None:
    """A physical volume of LVM 2: its label is in one of the first four sectors."""
    sectors = read_at(0, 2048)
    for at in range(0, len(sectors) - 511, 512):
        sector = sectors[at : at + 512]
        if sector[:8] == b"LABELONE" and sector[24:32] == b"LVM2 001":
            raw = sector[32:64].decode("ascii", "replace")
            groups, place = [], 0
            for length in _LVM_GROUPS:
                groups.append(raw[place : place + length])
                place += length
            return Superblock("LVM2_member", "-".join(groups))
    return None


def md(read_at: ReadAt, size: int) -> Superblock | None:
    """Linux md: version 1.1 at the start, 1.2 at 4 KiB, 1.0 and 0.90 near the end (linux/raid/md_p.h)."""
    places = {"1.1": 0, "1.2": 4096, "1.0": (size // 512 - 16 & ~7) * 512}
    for version, place in places.items():
        if place < 0:
            continue
        block = read_at(place, _MD_1_SIZE)
        if len(block) == _MD_1_SIZE and struct.unpack_from("<II", block) == (_MD_MAGIC, 1):
            level, _, _, disks = struct.unpack_from("<iIQI", block, 72)
            return Superblock(
                "linux_raid_member",
                uuid_text(block[16:32]),
                label_text(block[32:64]),
                (f"md {version}", f"RAID level {level} of {disks}"),
            )
    return _md_090(read_at, size)


def _md_090(read_at: ReadAt, size: int) -> Superblock | None:
    place = (size & ~0xFFFF) - 0x10000
    block = read_at(place, 4096) if place >= 0 else b""
    if len(block) < 4096:
        return None
    for order in "<>":
        if struct.unpack_from(f"{order}I", block)[0] == _MD_MAGIC:
            words = struct.unpack_from(f"{order}I", block, 20) + struct.unpack_from(f"{order}III", block, 52)
            level = struct.unpack_from(f"{order}i", block, 28)[0]
            # libblkid takes the words as they lie on the disk of a little-endian machine.
            data = b"".join(struct.pack("<I" if order == "<" else ">I", word) for word in words)
            text = str(uuid.UUID(bytes=data))
            return Superblock("linux_raid_member", text, None, ("md 0.90", f"RAID level {level}"))
    return None


CONTAINERS = (luks, lvm2, md)
