"""What boot.ini of XP and 2003 starts, and whether the partitions that it names are on these disks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from guestfix.facts.base import Unknown
from guestfix.facts.model import Image, Partition
from guestfix.facts.reading import parsed, plain
from guestfix.facts.windows_model import BootIniEntry
from guestfix.formats import arc_path, boot_ini
from guestfix.formats.boot_ini import SYSTEMS, BootIni, Setting
from guestfix.guest.protocol import GuestReader
from guestfix.registry import any_case

_MOST: Final = 32


def boot_ini_entries(guest: GuestReader, images: Sequence[Image]) -> tuple[BootIniEntry, ...]:
    """Return the entries of this guest's boot.ini; none without one, or where it cannot be read."""
    path = any_case(guest, "/boot.ini")
    found = parsed(guest, path, boot_ini.parse) if path else None
    return entries(found, path, images) if isinstance(found, BootIni) and path else ()


def entries(document: BootIni, path: str, images: Sequence[Image]) -> tuple[BootIniEntry, ...]:
    """Return what a boot.ini starts, in the order of its menu."""
    lines = [each for each in document.settings if each.section == SYSTEMS][:_MOST]
    default = (document.get("default") or "").lower()
    first = next((each for each in lines if each.key == default), None)
    return tuple(_entry(each, path, images, default=each is first) for each in lines)


def _entry(setting: Setting, path: str, images: Sequence[Image], *, default: bool) -> BootIniEntry:
    title = setting.value.partition('"')[2].partition('"')[0] or setting.key
    return BootIniEntry(
        title=plain(title),
        source=path,
        line=setting.line + 1,
        starts=plain(setting.key),
        default=default,
        found=_partition(setting.key, images),
    )


def _partition(path: str, images: Sequence[Image]) -> str | Unknown | None:
    named = arc_path.parse(path)
    if named is None:
        return Unknown(unknown="it names no partition but a file")
    if named.controller != "multi":
        return Unknown(unknown=f"{named.controller}() goes by the driver of the old controller")
    if not images:
        return Unknown(unknown="the disks themselves were not given")
    if named.disk >= len(images):
        return None
    parts = counted(images[named.disk])
    return parts[named.partition - 1].device if 1 <= named.partition <= len(parts) else None


def counted(image: Image) -> tuple[Partition, ...]:
    """Return the partitions of a disk as ARC paths count them; none of a disk without an MBR."""
    if image.table != "mbr":
        return ()
    places = arc_path.counted([(part.number, part.type) for part in image.partitions])
    return tuple(image.partitions[place] for place in places)
