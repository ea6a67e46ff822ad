"""The old kernel's names of disks, read as: which disk of the machine, and which partition of it.

Kernels number disks in the order in which they find them, so that a name says no more than a place in a row. The
patterns are those of the kernel's admin-guide/devices.txt and of udev's 60-persistent-storage.rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_LETTERS: Final = re.compile(r"/dev/(sd|hd|vd|xvd)([a-z]{1,2})([1-9][0-9]{0,2})?")
_NUMBERS: Final = re.compile(
    r"/dev/(?:nvme(?P<controller>[0-9]{1,3})n(?P<namespace>[1-9][0-9]{0,2})"
    r"|mmcblk(?P<card>[0-9]{1,3})"
    r"|(?:cciss|ida)/c[0-9]{1,2}d(?P<drive>[0-9]{1,2}))(?:p(?P<partition>[1-9][0-9]{0,2}))?"
)
_PART: Final = re.compile(r"(.+)-part([1-9][0-9]{0,2})", re.DOTALL)

_RHEL6_XEN_FIRST: Final = 4


@dataclass(frozen=True, slots=True)
class DiskName:
    """A disk's place among all disks, from 0, with other places that the name may mean; 0 is the whole disk."""

    places: tuple[int, ...]
    partition: int


def disk_name(spec: str) -> DiskName | None:
    """Return what a kernel name such as /dev/sda1 says; None if `spec` is no kernel name of a disk."""
    if match := _LETTERS.fullmatch(spec):
        place = _place_of(match[2])
        places = [place]
        if match[1] == "xvd" and place >= _RHEL6_XEN_FIRST:
            # xen-blkfront of RHEL 6 counts SCSI-numbered disks from xvde on (Red Hat bug 729586).
            places.append(place - _RHEL6_XEN_FIRST)
        return DiskName(tuple(places), int(match[3] or 0))
    if match := _NUMBERS.fullmatch(spec):
        partition = int(match["partition"] or 0)
        if match["controller"] is None:
            return DiskName((int(match["card"] or match["drive"] or 0),), partition)
        controller, namespace = int(match["controller"]), int(match["namespace"]) - 1
        # One controller a disk (EC2), or one controller with a namespace a disk (VMware).
        if controller and namespace:
            return DiskName((), partition)
        return DiskName((controller or namespace,), partition)
    return None


def partition_suffix(name: str) -> int:
    """Return N of a by-id or by-path name that ends in -partN; 0 for a whole disk."""
    match = _PART.fullmatch(name)
    return int(match[2]) if match else 0


def _place_of(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("a") + 1
    return place - 1
