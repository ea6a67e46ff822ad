"""Which volume of these images a device name means, in every form that fstab and a kernel command line use.

Tags (UUID=...) say what they mean. Names that the old kernel gave are a place in the order of the old machine's
disks; they are believed only where the images leave no doubt. Pure: values in, values out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from guestfix.facts.disk_names import DiskName, disk_name, partition_suffix
from guestfix.facts.model import Image, Partition, Unknown, Volume
from guestfix.formats.fstab_spec import SpecKind, spec_kind, tag_of
from guestfix.untrusted import shown

_NO_DEVICE: Final = frozenset({SpecKind.NETWORK_HOST, SpecKind.NETWORK_SHARE, SpecKind.PATH, SpecKind.PSEUDO})
_MADE_AT_BOOT: Final = re.compile(r"/dev/(?:zram[0-9]+|ram[0-9]+|loop[0-9]+|shm(?:/.*)?|pts|mqueue|hugepages)")
_REMOVABLE: Final = re.compile(r"/dev/(?:sr[0-9]+|scd[0-9]+|cdrom[0-9]*|dvd[0-9]*|cdrw[0-9]*|fd[0-9].*|floppy)")
_MD: Final = re.compile(r"/dev/md(?:_?d?[0-9]+|/.+)")
_SAME_TYPE: Final = (
    frozenset({"ext2", "ext3", "ext4"}),
    frozenset({"vfat", "msdos", "fat"}),
    frozenset({"ntfs", "ntfs-3g", "ntfs3", "fuseblk"}),
)
_ANY_TYPE: Final = frozenset({"", "auto", "none"})

Resolved = Volume | Unknown | None


def resolve(
    spec: str,
    images: Sequence[Image],
    volumes: Sequence[Volume],
    *,
    type_hint: str | None = None,
    root: str | None = None,
) -> Resolved:
    """Return the volume that `spec` names: first field of fstab, or the value of root= or resume=.

    None: it names no disk (tmpfs, a share, a file, zram). Unknown: it names one that is not here or not certain.
    `type_hint` is fstab's type, which a candidate found by a kernel name must not contradict; `root` is what the
    kernel booted from, for /dev/root.
    """
    return _Resolver(images, volumes, type_hint or "", root).resolve(spec)


def names_no_disk(spec: str) -> bool:
    """Say whether `spec` can be no disk at all: tmpfs, a share, a file, or memory such as /dev/zram0."""
    return spec_kind(spec) in _NO_DEVICE or _MADE_AT_BOOT.fullmatch(spec) is not None


def mapper_name(device: str) -> str:
    """Return what device mapper calls a logical volume: `/dev/my-vg/root` and `/dev/mapper/my--vg-root` agree."""
    if device.startswith("/dev/mapper/"):
        return device.removeprefix("/dev/mapper/")
    group, _, volume = device.removeprefix("/dev/").partition("/")
    return f"{group.replace('-', '--')}-{volume.replace('-', '--')}"


def fits(volume: Volume, type_hint: str) -> bool:
    """Say whether a volume may be what fstab mounts as `type_hint`; what is not known contradicts nothing."""
    hints = set(type_hint.split(","))
    if hints & _ANY_TYPE or isinstance(volume.type, Unknown):
        return True
    same = next((types for types in _SAME_TYPE if volume.type in types), frozenset({volume.type}))
    return bool(hints & same)


class _Resolver:
    """One question about the disks of one guest."""

    def __init__(self, images: Sequence[Image], volumes: Sequence[Volume], hint: str, root: str | None) -> None:
        self._images = images
        self._volumes = volumes
        self._hint = hint
        self._root = root

    def resolve(self, spec: str) -> Resolved:
        if names_no_disk(spec):
            return None
        kind = spec_kind(spec)
        if tag := tag_of(spec):
            return self._tagged(tag[0].lower(), tag[1])
        if kind.value.startswith("by-"):
            _, _, _, directory, name = spec.split("/", 4)
            return self._linked(directory.removeprefix("by-"), _unescaped(name), spec)
        if kind in (SpecKind.MAPPER, SpecKind.LVM):
            return self._mapped(spec)
        return self._device(spec)

    def _tagged(self, tag: str, value: str) -> Resolved:
        if not value:
            return Unknown(unknown=f"{tag.upper()}= without a value names nothing")
        if tag == "uuid":
            return self._one(f"UUID {value}", [each for each in self._volumes if _same(each.uuid, value)])
        if tag == "label":
            return self._one(f"label {value}", [each for each in self._volumes if each.label == value])
        if tag == "partuuid":
            return self._partitioned(f"partition UUID {value}", lambda part: _same(part.uuid, value))
        if tag == "partlabel":
            return self._partitioned(f"partition name {value}", lambda part: part.name == value)
        return self._by_hardware(value, f"ID={value}")

    def _linked(self, by: str, name: str, spec: str) -> Resolved:
        if by in ("uuid", "label", "partuuid", "partlabel"):
            return self._tagged(by, name)
        if by == "id" and name.startswith("dm-name-"):
            return self._mapped("/dev/mapper/" + name.removeprefix("dm-name-"))
        if by == "id" and name.startswith(("dm-uuid-", "lvm-pv-uuid-")):
            return Unknown(unknown=f"{shown(spec)} is an internal name of device mapper or LVM")
        if by == "id" and name.startswith(("md-name-", "md-uuid-")):
            return self._array(spec)
        return self._by_hardware(name, spec)

    def _by_hardware(self, name: str, spec: str) -> Resolved:
        """A serial number or a slot of the old machine: one disk is that disk, several need a unique match."""
        number = partition_suffix(name)
        found = [volume for image in self._images if (volume := self._on(image, number)) is not None]
        if not found:
            return Unknown(unknown=f"{shown(spec)} is a disk of the old machine that is not among the images")
        return self._one(
            f"partition {number} (for {shown(spec)})" if number else f"disk {shown(spec)}",
            [volume for volume in found if fits(volume, self._hint)],
            otherwise=self._contradiction(spec, found[0]),
        )

    def _mapped(self, spec: str) -> Resolved:
        wanted = mapper_name(spec)
        mapped = [each for each in self._volumes if each.kind in ("logical volume", "luks mapping")]
        found = [each for each in mapped if wanted in map(mapper_name, (each.device, *each.names))]
        missing = f"{shown(spec)} is a mapping (LVM, LUKS, multipath) that was not found on the images"
        return self._one(shown(spec), found, otherwise=missing)

    def _device(self, spec: str) -> Resolved:
        if spec == "/dev/root":
            root = [each for each in self._volumes if each.device == self._root]
            return self._one("root", root, otherwise="/dev/root is whatever the kernel booted from")
        if _MD.fullmatch(spec):
            return self._array(spec)
        if _REMOVABLE.fullmatch(spec):
            return Unknown(unknown=f"{shown(spec)} is a drive with removable media, no disk of this guest")
        name = disk_name(spec)
        if name is None:
            return Unknown(unknown=f"{shown(spec)} is no device name that says which disk it is")
        return self._at(name, spec)

    def _at(self, name: DiskName, spec: str) -> Resolved:
        """Take the disks in the order of the images; refuse what does not fit what is on them."""
        inside = [place for place in name.places if place < len(self._images)]
        if not inside:
            return Unknown(unknown=f"{shown(spec)} is a disk of the old machine that is not among the images")
        image = self._images[inside[0]]
        volume = self._on(image, name.partition)
        if volume is None:
            return Unknown(
                unknown=f"{shown(spec)} would be on {image.device}, which has no partition {name.partition}"
                if name.partition
                else f"{shown(spec)} would be {image.device}, which has partitions and no file system of its own"
            )
        return volume if fits(volume, self._hint) else Unknown(unknown=self._contradiction(spec, volume))

    def _on(self, image: Image, number: int) -> Volume | None:
        device = image.device
        if number:
            device = next((part.device for part in image.partitions if part.number == number), "")
        return next((each for each in self._volumes if each.device == device), None)

    def _array(self, spec: str) -> Resolved:
        """The appliance numbers arrays anew, so a number says nothing; a name does, and so does being alone."""
        arrays = [each for each in self._volumes if each.kind == "md array"]
        name = re.sub(r"\A/dev/(?:md/|disk/by-id/md-name-(?:[^:]*:)?|disk/by-id/md-uuid-)", "", spec)
        named = [each for each in arrays if spec in each.names] or [
            each for each in arrays if name in (each.part_of, each.device.removeprefix("/dev/md/"))
        ]
        return self._one(
            f"array {shown(spec)}",
            named or [each for each in arrays if fits(each, self._hint)],
            otherwise=f"{shown(spec)} is a RAID array that was not found on the images",
        )

    def _partitioned(self, what: str, matches: Callable[[Partition], bool]) -> Resolved:
        devices = [part.device for image in self._images for part in image.partitions if matches(part)]
        return self._one(what, [each for each in self._volumes if each.device in devices])

    def _one(self, what: str, found: Iterable[Volume], *, otherwise: str = "") -> Resolved:
        found = tuple(found)
        if not found:
            return Unknown(unknown=otherwise or f"no volume of the images has {shown(what)}")
        # Every device of one Btrfs file system carries its UUID, and each of them mounts the whole.
        if len(found) == 1 or all(each.type == "btrfs" and each.uuid == found[0].uuid for each in found):
            return found[0]
        devices = ", ".join(each.device for each in found[:8])
        return Unknown(unknown=f"several volumes could be {shown(what)}: {devices}")

    def _contradiction(self, spec: str, volume: Volume) -> str:
        holds = "unknown content" if isinstance(volume.type, Unknown) else volume.type
        return f"{shown(spec)} should be {volume.device}, but that holds {holds} and not {shown(self._hint)}"


def _same(found: str | None, wanted: str) -> bool:
    return found is not None and found.lower() == wanted.lower()


def _unescaped(name: str) -> str:
    r"""Decode udev's `\x20` in the names of /dev/disk/by-label and its like (udev_util_encode_string)."""
    encoded = re.sub(
        rb"\\x([0-9a-fA-F]{2})",
        lambda match: bytes([int(match[1], 16)]),
        name.encode("utf-8", "surrogateescape"),
    )
    return encoded.decode("utf-8", "surrogateescape")
