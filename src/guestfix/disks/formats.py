"""Which format an image has, by our own look at its bytes; QEMU is then told, and never guesses.

A guest can write any bytes to a raw disk, a qcow2 header among them. What such a header refers to is refused by
`guestfix.disks.chain` unless allowed, and `format="raw"` overrides the look.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from guestfix.disks import headers_qcow2, headers_vhd, headers_vhdx, headers_vmdk
from guestfix.disks.errors import (
    FormatMismatch,
    ImageEmpty,
    NotADisk,
    SparseDelta,
    UnknownFormat,
    UnsupportedImage,
)
from guestfix.disks.headers_bytes import SECTOR, ImageBytes, opened
from guestfix.disks.headers_model import Described, Format, ImageHeader
from guestfix.untrusted import shown

_READERS: dict[str, Callable[[ImageBytes], Described]] = {
    "qcow2": headers_qcow2.describe,
    "vmdk": headers_vmdk.describe,
    "vpc": headers_vhd.describe,
    "vhdx": headers_vhdx.describe,
}
_ALIASES = {"vhd": "vpc"}
_AS_RAW = "if it really is the plain content of a disk, say so: --format raw"
_UNPACK = "unpack it first and name the disk image inside"
_CONVERT = "convert it first: qemu-img convert -O qcow2"
# (offset, bytes, what it is, next step)
_KNOWN_NOT_OPENED = (
    (257, b"ustar", "an OVA or another tar archive", _UNPACK),
    (0, b"\x1f\x8b\x08", "compressed with gzip", _UNPACK),
    (0, b"BZh", "compressed with bzip2", _UNPACK),
    (0, b"\xfd7zXZ\0", "compressed with xz", _UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "compressed with zstd", _UNPACK),
    (0, b"PK\x03\x04", "a ZIP archive", _UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (0x40, b"\x7f\x10\xda\xbe", "a VirtualBox disk (VDI)", "convert it first: qemu-img convert -f vdi -O qcow2"),
    (0, headers_vmdk.SESPARSE_MAGIC, "a VMDK of type SEsparse", "consolidate its snapshots and export it again"),
    (0, b"QED\0", "a QED image", _CONVERT),
    (0, b"WithoutFreeSpace", "a Parallels disk", _CONVERT),
    (0, b"WithouFreSpacExt", "a Parallels disk", _CONVERT),
    (0, b"Bochs Virtual HD Image", "a Bochs disk", _CONVERT),
    (0, b"shdw", "an Apple sparse image (ASIF)", "convert it first: diskutil image create from it"),
    (0, b"<?xml", "an XML text, perhaps an OVF descriptor", "name the disk image that it describes"),
    (0x8001, b"CD001", "a CD or DVD image (ISO 9660), not a disk", _AS_RAW),
)  # fmt: skip


def examine(path: Path, format: str | None = None) -> ImageHeader:
    """Look at an image and return what its header says; nothing that it refers to is opened.

    `format` (raw, qcow2, vmdk, vpc or vhd, vhdx) overrides the look: raw always, any other only where the
    magic bytes agree. Raises the errors of `guestfix.disks.errors`, and nothing else for any content.
    """
    wanted = _ALIASES.get(format, format) if format is not None else None
    if wanted is not None and wanted not in get_args(Format):
        raise UnknownFormat(
            f"{shown(str(format))} is not a format of images that is opened",
            hint=f"use one of {', '.join(get_args(Format))}",
        )
    with opened(path) as image:
        if image.size == 0:
            raise ImageEmpty(f"{shown(str(path))} is empty", hint="copy or download the image again")
        found = _seen(image)
        if wanted is not None and wanted not in {found, "raw"}:
            raise FormatMismatch(
                f"{shown(str(path))} is not {wanted}: its first bytes say {found}",
                hint=f"leave --format out, or say --format {found}",
            )
        described = _raw(image, format) if "raw" in {wanted, found} else _READERS[found](image)
        return ImageHeader(
            path=image.path,
            format=described.format,
            variant=described.variant,
            virtual_size=described.virtual_size,
            file_size=image.size,
            references=described.references,
            notes=described.notes,
        )


def _seen(image: ImageBytes) -> str:
    start = image.some(0, SECTOR)
    if start.startswith(headers_qcow2.MAGIC):
        return "qcow2"
    if start.startswith(headers_vhdx.MAGIC):
        return "vhdx"
    if start.startswith((headers_vmdk.SPARSE_MAGIC, headers_vmdk.COWD_MAGIC)) or _is_descriptor(start):
        return "vmdk"
    return "vpc" if headers_vhd.claims(image) else "raw"


def _is_descriptor(start: bytes) -> bool:
    """Whether this is a VMDK descriptor, with VMware's first line or with other comments before `version`."""
    if start.startswith(headers_vmdk.DESCRIPTOR_START):
        return True
    text = re.sub(rb"\A(?:[ \t]*(?:#[^\n\0]*)?\r?\n)*", b"", start)
    return re.match(rb"version=[123]\r?\n", text) is not None


def _raw(image: ImageBytes, said: str | None) -> Described:
    if said is None:
        for offset, magic, what, step in _KNOWN_NOT_OPENED:
            if image.some(offset, len(magic)) == magic:
                kind = SparseDelta if magic == headers_vmdk.SESPARSE_MAGIC else UnsupportedImage
                raise kind(f"{shown(str(image.path))} is {what}", hint=step)
    if image.size < SECTOR:
        raise NotADisk(
            f"{shown(str(image.path))} has only {image.size} bytes, less than one sector", hint="name a disk image"
        )
    notes = (
        ()
        if image.size % SECTOR == 0
        else ("its size is not a multiple of 512 bytes; QEMU fills it up with zeros",)
    )
    return Described("raw", None, -(-image.size // SECTOR) * SECTOR, notes=notes)
