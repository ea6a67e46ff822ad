r"""Drive letters of a Windows: which partition each one is, and what Windows wants of a drive that is not there.

Source: libguestfs daemon/inspect_fs_windows.ml. `MountedDevices` of SYSTEM has a value `\DosDevices\C:` for each:
of an MBR disk 12 bytes, signature and offset; of GPT `DMIO:ID:` and the GUID of its partition. Dynamic volumes are
named as those of GPT are, and nothing here can find them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Final

from guestfix.facts.base import Unknown
from guestfix.facts.model import Image
from guestfix.facts.reading import plain
from guestfix.facts.windows_model import WindowsDrive
from guestfix.facts.windows_registry import Registry, attempt

_LETTER: Final = "\\DosDevices\\"
_GPT: Final = b"DMIO:ID:"
_NOT_GIVEN: Final = Unknown(unknown="the disks themselves were not given")
_DYNAMIC: Final = Unknown(unknown="a dynamic disk may hold it")


def drives(registry: Registry, images: Sequence[Image], dynamic: Sequence[str]) -> tuple[WindowsDrive, ...]:
    """Return the drives that have a letter, in the order of the hive; `dynamic` are the dynamic disks."""
    key = registry.in_system("MountedDevices")
    values = () if key is None or isinstance(key, Unknown) else attempt(key.values)
    if isinstance(values, Unknown):
        return ()
    return tuple(
        WindowsDrive(letter=plain(value.name[len(_LETTER) :]).upper(), found=_found(value.data, images, dynamic))
        for value in values
        if value.name.lower().startswith(_LETTER.lower()) and len(value.name) == len(_LETTER) + 2
    )


def _found(data: bytes, images: Sequence[Image], dynamic: Sequence[str]) -> str | Unknown | None:
    if len(data) == 12:
        disk, place = f"{int.from_bytes(data[:4], 'little'):08x}", str(int.from_bytes(data[4:], "little"))
    elif len(data) == 24 and data.startswith(_GPT):
        disk, place = "", str(uuid.UUID(bytes_le=data[8:]))
    else:
        return Unknown(unknown="it is no partition of a disk, such as a CD drive")
    if not images:
        return _NOT_GIVEN
    for image in images:
        for part in image.partitions:
            mbr = disk and (image.identifier or "").lower() == disk and str(part.start) == place
            if mbr or (part.uuid or "").lower() == place:
                return part.device
    return _DYNAMIC if dynamic else None


def astray(paths: Iterable[str], known: Sequence[WindowsDrive]) -> tuple[str, ...]:
    """Return the paths of Windows that begin with a drive which is on none of these disks, or has no partition."""
    if not known or any(isinstance(drive.found, Unknown) and drive.found == _NOT_GIVEN for drive in known):
        return ()
    letters = {drive.letter: drive.found for drive in known}
    return tuple(
        path for path in paths if path[1:2] == ":" and path[:1] != "?" and letters.get(path[:2].upper()) is None
    )
