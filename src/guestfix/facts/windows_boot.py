r"""The boot configuration of a Windows: what the boot manager starts, and whether the disks it names are these.

A BIOS reads `\Boot\BCD` of the active partition, UEFI `\EFI\Microsoft\Boot\BCD` of the EFI system partition.
Devices are named by disk signature and offset, or by GPT GUIDs, never by controller: a disk that is copied block
by block keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from guestfix.facts.base import Flag, Unknown
from guestfix.facts.model import Image, Mount
from guestfix.facts.reading import is_directory, plain, status
from guestfix.facts.windows_model import BootConfiguration, BootDevice, BootObject
from guestfix.facts.windows_registry import WINDOWS, attempt
from guestfix.guest.protocol import GuestReader, Kind
from guestfix.registry import Hive, any_case, bcd

_STORES: Final[tuple[tuple[Literal["bios", "uefi"], str], ...]] = (
    ("bios", "Boot/BCD"),
    ("uefi", "EFI/Microsoft/Boot/BCD"),
)
_SPARE: Final = ("Media", "Cursors", "Fonts", "Help", "Temp")
"""Directories below that of Windows, from XP to 11, which hold nothing that guestfix reads or writes."""

_SHOWN: Final = ("boot manager", "windows loader", "resume", "memory test", "legacy loader")


def spare_directories(guest: GuestReader) -> tuple[str, ...]:
    """Return directories of this Windows over which its boot partitions can be mounted.

    libguestfs mounts over directories that exist, and a file system that is only looked at cannot be given one.
    """
    found = (any_case(guest, f"{windows}/{name}") for windows in WINDOWS for name in _SPARE)
    return tuple(dict.fromkeys(path for path in found if path is not None and is_directory(guest, path)))


def stores(guest: GuestReader, mounts: Sequence[Mount]) -> Iterator[tuple[Literal["bios", "uefi"], str]]:
    """Yield the boot configuration stores on the file systems that are mounted, with their firmware."""
    places = dict.fromkeys(["", *(mount.path.rstrip("/") for mount in mounts)])
    for place in places:
        for firmware, path in _STORES:
            found = any_case(guest, f"{place}/{path}")
            known = status(guest, found) if found else None
            if found is not None and known is not None and known.kind is Kind.FILE:
                yield firmware, found


def configurations(
    guest: GuestReader, images: Sequence[Image], mounts: Sequence[Mount]
) -> tuple[BootConfiguration, ...]:
    """Return what each store says; one that cannot be read is left out."""
    found = (_configuration(guest, firmware, path, images) for firmware, path in stores(guest, mounts))
    return tuple(one for one in found if isinstance(one, BootConfiguration))


def _configuration(
    guest: GuestReader, firmware: Literal["bios", "uefi"], path: str, images: Sequence[Image]
) -> BootConfiguration | Unknown:
    def read() -> BootConfiguration:
        hive = Hive.of(guest.read(path))
        return _told(path, firmware, {each.id: each for each in bcd.objects(hive)}, images)

    return attempt(read)


def _told(
    path: str, firmware: Literal["bios", "uefi"], objects: dict[str, bcd.Object], images: Sequence[Image]
) -> BootConfiguration:
    manager = objects.get(bcd.BOOT_MANAGER)
    default = manager.text(bcd.DEFAULT_OBJECT).lower() or None if manager else None
    ems = objects.get(bcd.EMS_SETTINGS)
    talks = [each.boolean(bcd.BOOT_EMS) for each in (manager, ems) if each]
    told = tuple(_object(each, images) for each in objects.values() if each.kind in _SHOWN)
    return BootConfiguration(
        path=path,
        firmware=firmware,
        objects=told,
        default=plain(default) if default else None,
        display_order=tuple(plain(one) for one in manager.objects(bcd.DISPLAY_ORDER)) if manager else (),
        timeout=manager.integer(bcd.TIMEOUT) if manager else None,
        ems=next((said for said in talks if said is not None), False),
        agrees=_agrees([each for each in told if each.id in (default, bcd.BOOT_MANAGER)]),
    )


def _object(found: bcd.Object, images: Sequence[Image]) -> BootObject:
    return BootObject(
        id=plain(found.id),
        kind=found.kind,
        description=plain(found.text(bcd.DESCRIPTION)),
        path=plain(found.text(bcd.PATH)),
        device=_device(found.device(bcd.DEVICE), images),
        os_device=_device(found.device(bcd.OS_DEVICE), images),
        recovery=found.boolean(bcd.RECOVERY_ENABLED),
        status_policy=found.integer(bcd.BOOT_STATUS_POLICY),
        ems=found.boolean(bcd.LOADER_EMS),
    )


def _device(device: bcd.Device | None, images: Sequence[Image]) -> BootDevice | None:
    if device is None:
        return None
    found = _partition(device, images) if device.kind == "partition" else None
    return BootDevice(
        kind=device.kind, table=device.table, disk=device.disk, partition=device.partition, found=found
    )


def _partition(device: bcd.Device, images: Sequence[Image]) -> str | Unknown | None:
    """Return the partition of these disks that a device names."""
    if not images:
        return Unknown(unknown="the disks themselves were not given")
    for image in images:
        if (image.identifier or "").lower() != device.disk:
            continue
        for part in image.partitions:
            offset = device.table == "mbr" and str(part.start) == device.partition
            guid = device.table == "gpt" and (part.uuid or "").lower() == device.partition
            if offset or guid:
                return part.device
    return None


def _agrees(objects: Sequence[BootObject]) -> Flag:
    """Whether all devices of these objects are on the disks; `boot` and `locate` always are."""
    devices = [
        each for one in objects for each in (one.device, one.os_device) if each and each.kind == "partition"
    ]
    unknown = next((each.found for each in devices if isinstance(each.found, Unknown)), None)
    return unknown or all(each.found is not None for each in devices)
