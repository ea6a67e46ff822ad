"""Which volume each line of fstab names, all lines taken together.

A hardware name (by-id, by-path) tells nothing of a disk that did not come along: its partition number may well
exist on one that did. What the other lines say decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from guestfix.facts.devices import Resolved, resolve
from guestfix.facts.model import Image, Unknown, Volume
from guestfix.formats.fstab import Entry
from guestfix.formats.fstab_spec import SpecKind, spec_kind
from guestfix.untrusted import shown

_HARDWARE: Final = re.compile(
    r"(?P<disk>(?:/dev/disk/by-(?:id|path)/|ID=)(?!dm-|md-|lvm-)(?P<bus>[^-]+)-.+?)(?:-part[1-9][0-9]*)?"
)


def resolve_lines(
    entries: Iterable[tuple[int, Entry]],
    images: Sequence[Image],
    volumes: Sequence[Volume],
    *,
    root: str | None = None,
) -> Mapping[int, Resolved]:
    """Return what each line names, by its number: see `devices.resolve`. `root` is the device of /.

    A hardware name is believed on the line of / itself, on lines that name the same disk as it does, and where no
    other line contradicts it: none names the same volume (but for Btrfs, whose subvolumes share one), and no more
    disks of that bus are named than there are images.
    """
    lines = dict(entries)
    found = {
        number: resolve(entry.spec, images, volumes, type_hint=entry.fstype, root=root)
        for number, entry in lines.items()
    }
    names = Counter(volume.device for volume in found.values() if isinstance(volume, Volume))
    disks = {number: named for number, entry in lines.items() if (named := _disk(entry.spec)) is not None}
    roots = {disks[number] for number, entry in lines.items() if entry.file == "/" and number in disks}
    for number, (disk, bus) in disks.items():
        volume = found[number]
        if not isinstance(volume, Volume) or (disk, bus) in roots:
            continue
        others = {name for name, its_bus in disks.values() if its_bus == bus and name != disk}
        if names[volume.device] > 1 and volume.type != "btrfs":
            found[number] = Unknown(
                unknown=f"{shown(lines[number].spec)} would be {volume.device}, which another line names already"
            )
        elif len(others) >= len(images):
            found[number] = Unknown(
                unknown=f"{shown(lines[number].spec)} is one of {len(others) + 1} disks, "
                f"and {len(images)} came along"
            )
    return found


def _disk(spec: str) -> tuple[str, str] | None:
    """Return the hardware name without its partition, and its bus: one disk has a name for each bus it is on."""
    if spec_kind(spec) not in (SpecKind.BY_ID, SpecKind.BY_PATH, SpecKind.ID):
        return None
    match = _HARDWARE.fullmatch(spec)
    return (match["disk"], f"{spec_kind(spec)} {match['bus']}") if match else None
