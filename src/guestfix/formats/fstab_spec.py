"""What the first field of an fstab line, or a kernel's `root=` and `resume=`, names, judged by its shape alone."""

from __future__ import annotations

import re
from enum import StrEnum

_TAG = re.compile(r"(UUID|LABEL|PARTUUID|PARTLABEL|ID)=(.*)", re.DOTALL)
_BY = re.compile(r"/dev/disk/by-(id|path|uuid|label|partuuid|partlabel)/.")
_NO_VOLUME_GROUPS = "ataraid|block|bsg|cciss|char|disk|etherd|ida|i2o|input|loop|mapper|md|net|pts|rd|shm|vx|zvol"
"""Directories of /dev that are no LVM volume group."""

_LVM = re.compile(rf"/dev/(?!(?:{_NO_VOLUME_GROUPS})/)[^/]+/[^/]+")


class SpecKind(StrEnum):
    """The ways to name what is mounted (fstab(5), mount(8), systemd.mount(5))."""

    UUID = "uuid"
    LABEL = "label"
    PARTUUID = "partuuid"
    PARTLABEL = "partlabel"
    ID = "id"
    BY_ID = "by-id"
    BY_PATH = "by-path"
    BY_UUID = "by-uuid"
    BY_LABEL = "by-label"
    BY_PARTUUID = "by-partuuid"
    BY_PARTLABEL = "by-partlabel"
    MAPPER = "mapper"
    """/dev/mapper/NAME: LVM, LUKS, multipath."""
    LVM = "lvm"
    """/dev/VG/LV."""
    DEVICE = "device"
    """Any other path below /dev: a kernel name such as /dev/sda1, /dev/md/0, /dev/cciss/c0d0p1."""
    NETWORK_HOST = "network-host"
    """host:/path, also user@host:path and VMware's .host:/share."""
    NETWORK_SHARE = "network-share"
    """//host/share."""
    PATH = "path"
    """A file or directory: bind mounts, swap files, image files."""
    PSEUDO = "pseudo"
    """A word that names nothing: none, proc, tmpfs."""


def spec_kind(spec: str) -> SpecKind:
    """Return what `spec` (decoded: no backslash escapes) names. Every text has a kind."""
    if tag := tag_of(spec):
        return SpecKind(tag[0].lower())
    if spec.startswith(("//", "\\\\")):
        return SpecKind.NETWORK_SHARE
    if spec.startswith("/dev/"):
        return _device_kind(spec)
    if spec.startswith("/"):
        return SpecKind.PATH
    if ":" in spec:
        return SpecKind.NETWORK_HOST
    return SpecKind.PATH if "/" in spec else SpecKind.PSEUDO


def _device_kind(spec: str) -> SpecKind:
    if by := _BY.match(spec):
        return SpecKind(f"by-{by[1]}")
    if spec.startswith("/dev/mapper/"):
        return SpecKind.MAPPER
    return SpecKind.LVM if _LVM.fullmatch(spec) else SpecKind.DEVICE


def tag_of(spec: str) -> tuple[str, str] | None:
    """Return ("UUID", value) and the like for a tag, else None.

    The value may stand in double or single quotes, which libmount (blkid_parse_tag_string) and systemd
    (fstab_node_to_udev_node) both take off.
    """
    match = _TAG.fullmatch(spec)
    if not match:
        return None
    name, value = match.groups()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return name, value
