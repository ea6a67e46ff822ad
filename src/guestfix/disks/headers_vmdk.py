"""VMDK headers and descriptors, read as QEMU's block/vmdk.c reads them: what it would open must not escape us."""

from __future__ import annotations

import re
import struct

from guestfix.disks.errors import RawDeviceMapping, UnsupportedImage
from guestfix.disks.headers_bytes import SECTOR, ImageBytes
from guestfix.disks.headers_model import Described, Reference, damaged, text_of
from guestfix.disks.headers_tables import check_grains
from guestfix.untrusted import shown

SPARSE_MAGIC = b"KDMV"
COWD_MAGIC = b"COWD"
SESPARSE_MAGIC = b"\xbe\xba\xfe\xca\0\0\0\0"
DESCRIPTOR_START = b"# Disk DescriptorFile"

_SPARSE = struct.Struct("<4sIIQQQQIQQQB4sH")
_COWD = struct.Struct("<4sIIIIII")
_COMPRESSED_GRAINS = 1 << 16
_DEFLATE = 1
_MARKER = 12
"""Bytes before a compressed grain: its place and its length."""
_AT_END = (1 << 64) - 1
_DESCRIPTOR_MOST = 1 << 20
# QEMU looks for the parent here whatever the header says of its descriptor's place.
_PARENT_WINDOW = (0x200, 20 * SECTOR)
_PARENT = b"parentFileNameHint"
_EXTENT_START = re.compile(rb"[ \t\v\f]*(?:RW|RDONLY|NOACCESS)(?:\s|\Z)")
_EXTENT = re.compile(
    rb"[ \t]*(RW|RDONLY|NOACCESS)[ \t]+(\d{1,15})[ \t]+([A-Z]{1,10})"
    rb'(?:[ \t]+"([^"\r\n]{1,511})"(?:[ \t]+(\d{1,19}))?)?[ \t\w=-]*'
)
_OF_DEVICES = {
    "vmfsRawDeviceMap", "vmfsPassthroughRawDeviceMap", "vmfsRDM", "vmfsRDMP", "vmfsRaw", "fullDevice",
    "partitionedDevice",
}  # fmt: skip
"""VMware, Virtual Disk Format 1.1 and 5.0: their extents are devices of the host that wrote them."""
_TYPES = {"monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat", "vmfs", "vmfsSparse"}


def describe(image: ImageBytes) -> Described:
    """Read the header or descriptor. Raises ImageDamaged, UnsupportedImage."""
    start = image.some(0, 4)
    if start == SPARSE_MAGIC:
        return _sparse(image)
    if start == COWD_MAGIC:
        return _cowd(image)
    return _descriptor(image, image.some(0, _DESCRIPTOR_MOST))


def _sparse(image: ImageBytes) -> Described:
    data = image.all(0, SECTOR, "VMDK header")
    if _SPARSE.unpack_from(data)[9] == _AT_END:
        # The header at the start of a streamed image was written before the sizes were known.
        data = image.all(image.size - 1024, SECTOR, "VMDK footer")
        if data[:4] != SPARSE_MAGIC:
            raise damaged(image.path, "its VMDK footer is missing")
    (
        _,
        version,
        flags,
        capacity,
        grain,
        descriptor,
        descriptor_sectors,
        entries,
        _,
        directory,
        overhead,
        _,
        _,
        compression,
    ) = _SPARSE.unpack_from(data)
    path = image.path
    if version > 3:
        raise UnsupportedImage(
            f"{shown(str(path))} is VMDK version {version}", hint="export it again as version 1"
        )
    if capacity == 0:
        if not descriptor or descriptor * SECTOR >= image.size:
            raise damaged(path, "its VMDK header describes an empty disk")
        return _descriptor(image, image.some(descriptor * SECTOR, _DESCRIPTOR_MOST))
    if not 0 < entries <= SECTOR or not 8 <= grain <= 1 << 16 or capacity >= 1 << 54:
        raise damaged(path, "the sizes in its VMDK header are outside what the format allows")
    if overhead * SECTOR > image.size:
        raise damaged(path, "it ends before the end of its grain tables")
    places = {_PARENT_WINDOW, (descriptor * SECTOR, min(descriptor_sectors * SECTOR, _DESCRIPTOR_MOST))}
    references = {parent for place in sorted(places) for parent in _parents(image, image.some(*place))}
    stream = bool(flags & _COMPRESSED_GRAINS or compression)
    if stream and compression != _DEFLATE:
        raise damaged(path, f"its grains are compressed by the unknown algorithm {compression}")
    tables = -(-capacity // (grain * entries))
    check_grains(image, directory, tables, entries, _MARKER if stream else grain * SECTOR)
    variant = "streamOptimized" if stream else "monolithicSparse"
    return Described("vmdk", variant, capacity * SECTOR, tuple(references))


def _cowd(image: ImageBytes) -> Described:
    _, _, _, sectors, granularity, _, entries = _COWD.unpack(image.all(0, _COWD.size, "COWD header"))
    if not sectors or not granularity or not entries:
        raise damaged(image.path, "its COWD header describes an empty disk")
    references = tuple(_parents(image, image.some(*_PARENT_WINDOW)))
    return Described("vmdk", "vmfsSparse", sectors * SECTOR, references)


def _descriptor(image: ImageBytes, data: bytes) -> Described:
    path = image.path
    text = data.partition(b"\0")[0]
    kinds = re.findall(rb'createType[ \t]*=[ \t]*"([^"\r\n]{0,100})"', text)
    if len(kinds) != 1:
        raise damaged(path, "its VMDK descriptor does not name one type of disk")
    kind = kinds[0].decode("ascii", "backslashreplace")
    if kind in _OF_DEVICES:
        raise RawDeviceMapping(
            f"{shown(str(path))} maps a raw device of the old host ({shown(kind)}) and holds no data",
            hint="copy the LUN itself into an image, or have vmkfstools -i clone the mapping into a VMDK",
        )
    if kind not in _TYPES:
        raise UnsupportedImage(
            f"{shown(str(path))} is a VMDK of type {shown(kind)}, which QEMU cannot open for writing",
            hint="export the disk again, or convert it to monolithicSparse with vmware-vdiskmanager -r",
        )
    references = _parents(image, text)
    sectors = 0
    for line in re.split(rb"[\r\n]", text):
        if not _EXTENT_START.match(line):
            continue
        extent = _EXTENT.fullmatch(line)
        if extent is None:
            raise damaged(path, "a line of its VMDK descriptor cannot be understood")
        access, length, how, name, _ = extent.groups()
        if access != b"RW":
            raise UnsupportedImage(
                f"{shown(str(path))} has an extent that may not be written",
                hint="export the disk again as one image",
            )
        sectors += int(length)
        if how == b"ZERO":
            continue
        if how not in {b"FLAT", b"VMFS", b"SPARSE", b"VMFSSPARSE"} or not name:
            raise UnsupportedImage(
                f"{shown(str(path))} has an extent of type {shown(how)}", hint="export the disk again as one image"
            )
        inner = "raw" if how in {b"FLAT", b"VMFS"} else "vmdk"
        references.append(Reference("extent", text_of(path, name), inner))
    if not 0 < sectors < 1 << 54:
        raise damaged(path, f"its VMDK descriptor describes a disk of {sectors} sectors")
    return Described("vmdk", kind, sectors * SECTOR, tuple(references))


def _parents(image: ImageBytes, data: bytes) -> list[Reference]:
    text = data.partition(b"\0")[0]
    count = text.count(_PARENT)
    if count == 0:
        return []
    # QEMU takes what follows the first occurrence, even one in a comment, so anything unusual is refused.
    written = re.search(_PARENT + rb'="([^"\r\n\0]{1,1023})"', text)
    if count != 1 or written is None:
        raise damaged(image.path, "the parent that its VMDK descriptor names cannot be understood")
    return [Reference("backing", text_of(image.path, written[1]), "vmdk")]
