"""The header of qcow2 versions 2 and 3, after QEMU's docs/interop/qcow2.txt."""

from __future__ import annotations

import struct

from guestfix.disks.errors import ImageEncrypted, UnsupportedImage
from guestfix.disks.headers_bytes import ImageBytes
from guestfix.disks.headers_model import Described, Reference, damaged, text_of
from guestfix.untrusted import shown

MAGIC = b"QFI\xfb"

_FIXED = struct.Struct(">4sIQIIQIIQQIIQ")
_DIRTY, _CORRUPT, _DATA_FILE, _COMPRESSION, _EXTENDED_L2 = (1 << bit for bit in range(5))
_KNOWN = _DIRTY | _CORRUPT | _DATA_FILE | _COMPRESSION | _EXTENDED_L2
_BACKING_FORMAT = 0xE2792ACA
_DATA_FILE_NAME = 0x44415441
_LONGEST_NAME = 1023


def describe(image: ImageBytes) -> Described:
    """Read the header. Raises ImageDamaged, ImageEncrypted, UnsupportedImage."""
    fixed = image.all(0, _FIXED.size, "qcow2 header")
    (_, version, backing_offset, backing_length, cluster_bits, size, encryption, l1_entries, l1_offset,
     refcount_offset, refcount_clusters, snapshots, _) = _FIXED.unpack(fixed)  # fmt: skip
    path = image.path
    if version not in {2, 3}:
        raise UnsupportedImage(
            f"{shown(str(path))} is qcow version {version}; only versions 2 and 3 are opened",
            hint="convert it first: qemu-img convert -O qcow2",
        )
    incompatible, length = 0, _FIXED.size
    if version == 3:
        incompatible, _, _, _, length = struct.unpack(">QQQII", image.all(_FIXED.size, 32, "qcow2 header"))
    if not 9 <= cluster_bits <= 21:
        raise damaged(path, f"its cluster size is 2^{cluster_bits}, outside what qcow2 allows")
    cluster = 1 << cluster_bits
    if encryption:
        raise ImageEncrypted(
            f"{shown(str(path))} is encrypted", hint="decrypt it first: qemu-img convert with its secret, -O qcow2"
        )
    if incompatible & ~_KNOWN:
        raise UnsupportedImage(
            f"{shown(str(path))} needs a feature of qcow2 that is not known (bits {incompatible & ~_KNOWN:#x})",
            hint="convert it with the QEMU that wrote it: qemu-img convert -O qcow2",
        )
    if incompatible & _CORRUPT:
        raise damaged(path, "QEMU has marked it as corrupt (see qemu-img check -r all, on a copy)")
    if not 0 < size < 1 << 63:
        raise damaged(path, f"it claims a disk of {size} bytes")
    if length < _FIXED.size + (32 if version == 3 else 0) or length > cluster:
        raise damaged(path, f"its header claims to be {length} bytes long")
    _check_tables(image, cluster, size, l1_entries, l1_offset, refcount_offset, refcount_clusters)
    if backing_offset > cluster or (
        backing_offset and backing_length > min(_LONGEST_NAME, cluster - backing_offset)
    ):
        raise damaged(path, "the name of its backing file lies outside the header")
    extensions = _extensions(image, length, backing_offset or cluster)
    references: list[Reference] = []
    if backing_offset and backing_length:
        name = text_of(path, image.all(backing_offset, backing_length, "backing file name"))
        recorded = extensions.get(_BACKING_FORMAT)
        references.append(Reference("backing", name, text_of(path, recorded) if recorded else None))
    if incompatible & _DATA_FILE:
        if _DATA_FILE_NAME not in extensions:
            raise damaged(path, "its data is in an external file that it does not name")
        references.append(Reference("data", text_of(path, extensions[_DATA_FILE_NAME]), "raw"))
    notes = []
    if snapshots:
        notes.append(f"it holds {snapshots} internal snapshots; only the current state is worked on")
    if incompatible & _DIRTY:
        notes.append("it was not closed cleanly; QEMU repairs its reference counts when it writes")
    return Described("qcow2", f"v{version}", size, tuple(references), tuple(notes))


def _check_tables(
    image: ImageBytes,
    cluster: int,
    size: int,
    l1_entries: int,
    l1_offset: int,
    refcount_offset: int,
    refcount_clusters: int,
) -> None:
    # One L1 entry covers an L2 table of one cluster; its entries take 8 bytes, or 16 with extended L2.
    covered = cluster * (cluster // 8)
    if l1_entries < -(-size // covered):
        raise damaged(image.path, "its L1 table is too short for the disk that it describes")
    for name, offset, length in (
        ("L1 table", l1_offset, l1_entries * 8),
        ("reference count table", refcount_offset, refcount_clusters * cluster),
    ):
        if offset % cluster or not length or not offset:
            raise damaged(image.path, f"its {name} is not where one can be")
        # QEMU allocates whole clusters but does not always write the last one to its end.
        if offset + (length if name == "L1 table" else 8) > image.size:
            raise damaged(image.path, f"it ends before the end of its {name}")


def _extensions(image: ImageBytes, start: int, end: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    header = image.some(0, end)
    while start + 8 <= len(header):
        kind, length = struct.unpack_from(">II", header, start)
        start += 8
        if kind == 0:
            break
        if start + length > len(header):
            raise damaged(image.path, "an extension of its header reaches past the header")
        # QEMU takes the last of several.
        found[kind] = header[start : start + length]
        start += (length + 7) & ~7
    return found
