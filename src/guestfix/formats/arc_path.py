r"""ARC paths, by which boot.ini names partitions: `multi(0)disk(0)rdisk(0)partition(1)\WINDOWS`.

Source: Microsoft, "BOOT.INI and ARC path naming conventions and usage" (KB 102873): `rdisk` is the disk as the
BIOS counts them, `partition` counts from 1, primary partitions first, then logical drives; unused slots and the
extended partition have no number. `scsi` and `signature` want the old controller's driver as ntbootdd.sys.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_PATH: Final = re.compile(
    r"((multi|scsi|signature)\([0-9a-f]{1,8}\)disk\([0-9]{1,3}\)rdisk\(([0-9]{1,3})\)partition\(([0-9]{1,3})\))\\",
    re.IGNORECASE,
)
_EXTENDED: Final = ("0x05", "0x0f", "0x85")


@dataclass(frozen=True, slots=True)
class ArcPath:
    """The head of such a path. `text` is all of it before the first backslash."""

    text: str
    controller: str
    disk: int
    partition: int


def parse(path: str) -> ArcPath | None:
    """Return the head of an ARC path; None for any other text, such as that of a boot sector in a file."""
    found = _PATH.match(path)
    return ArcPath(found[1], found[2].lower(), int(found[3]), int(found[4])) if found else None


def written(disk: int, partition: int) -> str:
    """Return what names a partition for a BIOS; both count as above."""
    return f"multi(0)disk(0)rdisk({disk})partition({partition})"


def counted(partitions: Sequence[tuple[int, str]]) -> tuple[int, ...]:
    """Return the places of an MBR's partitions in the order in which ARC paths count them, from 1.

    `partitions` are number and type (`0x07`) of each, as the table has them; those behind number 4 are logical.
    """
    places = [place for place, (_, kind) in enumerate(partitions) if kind.lower() not in _EXTENDED]
    return tuple(sorted(places, key=lambda place: (partitions[place][0] > 4, partitions[place][0])))
