"""Which boot loader's code is in the first sector of a disk."""

from __future__ import annotations

from typing import Final

CODE_LENGTH: Final = 440
"""Bytes of code in an MBR; the disk signature and the table follow."""

_MARKS: Final = (
    # grub-core/boot/i386/pc/boot.S and stage1.S both hold "GRUB \0Geom\0Hard Disk\0Read\0 Error"; the version that
    # stage1 keeps at 0x3e (COMPAT_VERSION_MAJOR) is 3 in GRUB legacy, and code in GRUB 2.
    (b"GRUB \0Geom\0Hard Disk\0Read\0 Error", "grub2"),
    (b"isolinux", "syslinux"),
    (b"Missing operating system.", "syslinux"),
    (b"LILO", "lilo"),
    (b"Invalid partition table\0Error loading operating system\0Missing operating system", "windows"),
    (b"Error loading operating system", "windows"),
)


def boot_code(sector: bytes) -> str:
    """Return grub2, grub-legacy, windows, syslinux, lilo, empty or unknown for a disk's first 512 bytes."""
    code = sector[:CODE_LENGTH]
    if not any(code):
        return "empty"
    if code[0x3E:0x40] in (b"\x03\x01", b"\x03\x02") and b"GRUB " in code:
        return "grub-legacy"
    return next((name for mark, name in _MARKS if mark in code), "unknown")
