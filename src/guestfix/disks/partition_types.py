"""Names of partition types, for people. What is not listed is shown by its number."""

from __future__ import annotations

from typing import Final

MBR: Final = {
    0x01: "FAT12",
    0x04: "FAT16 < 32M",
    0x05: "extended",
    0x06: "FAT16",
    0x07: "NTFS or exFAT",
    0x0B: "FAT32",
    0x0C: "FAT32 (LBA)",
    0x0E: "FAT16 (LBA)",
    0x0F: "extended (LBA)",
    0x11: "hidden FAT12",
    0x12: "service partition",
    0x14: "hidden FAT16 < 32M",
    0x16: "hidden FAT16",
    0x17: "hidden NTFS",
    0x1B: "hidden FAT32",
    0x1C: "hidden FAT32 (LBA)",
    0x27: "Windows recovery",
    0x42: "Windows dynamic disk",
    0x82: "Linux swap",
    0x83: "Linux",
    0x85: "Linux extended",
    0x8E: "Linux LVM",
    0xA5: "FreeBSD",
    0xAF: "HFS+",
    0xBF: "Solaris",
    0xEE: "protective GPT",
    0xEF: "EFI system",
    0xFB: "VMware VMFS",
    0xFD: "Linux RAID",
}
"""fdisk's list (util-linux, include/pt-mbr-partnames.h)."""

EXTENDED: Final = (0x05, 0x0F, 0x85)

EFI_SYSTEM: Final = frozenset({"c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "0xef"})
"""Types of an EFI system partition, GPT and MBR (UEFI 2.10, 5.2.2 and 5.3.3)."""

GPT: Final = {
    "c12a7328-f81f-11d2-ba4b-00a0c93ec93b": "EFI system",
    "21686148-6449-6e6f-744e-656564454649": "BIOS boot",
    "024dee41-33e7-11d3-9d69-0008c781f39f": "MBR partition scheme",
    "e3c9e316-0b5c-4db8-817d-f92df00215ae": "Microsoft reserved",
    "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7": "Microsoft basic data",
    "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3": "Windows dynamic disk metadata",
    "af9b60a0-1431-4f62-bc68-3311714a69ad": "Windows dynamic disk data",
    "de94bba4-06d1-4d40-a16a-bfd50179d6ac": "Windows recovery",
    "e75caf8f-f680-4cee-afa3-b001e56efc2d": "Windows storage spaces",
    "0fc63daf-8483-4772-8e79-3d69d8477de4": "Linux",
    "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f": "Linux swap",
    "e6d6d379-f507-44c2-a23c-238f2a3df928": "Linux LVM",
    "a19d880f-05fc-4d3b-a006-743f0f84911e": "Linux RAID",
    "933ac7e1-2eb4-4f13-b844-0e14e2aef915": "Linux home",
    "3b8f8425-20e0-4f3b-907f-1a25a76f98e8": "Linux server data",
    "44479540-f297-41b2-9af7-d131d5f0458a": "Linux root (x86)",
    "4f68bce3-e8cd-4db1-96e7-fbcaf984b709": "Linux root (x86-64)",
    "b921b045-1df0-41c3-af44-4c6f280d3fae": "Linux root (ARM64)",
    "8484680c-9521-48c6-9c11-b0720656f69e": "Linux /usr (x86-64)",
    "bc13c2ff-59e6-4262-a352-b275fd6f7172": "Linux extended boot",
    "9e1a2d38-c612-4316-aa26-8b49521e5a8b": "PowerPC PReP boot",
    "ca7d7ccb-63ed-4c53-861c-1742536059cc": "LUKS",
    "aa31e02a-400f-11db-9590-000c2911d1b8": "VMware VMFS",
    "516e7cb4-6ecf-11d6-8ff8-00022d09712b": "FreeBSD",
    "48465300-0000-11aa-aa11-00306543ecac": "HFS+",
}
"""UEFI specification and the Discoverable Partitions Specification; lower case."""

GPT_FLAGS: Final = {
    0: "required",
    1: "no block I/O",
    2: "legacy BIOS bootable",
    60: "read-only",
    62: "hidden",
    63: "no automount",
}
"""Attribute bits: 0 to 2 of the UEFI specification, 60 and up of Microsoft's basic data type."""
