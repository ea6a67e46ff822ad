"""What kind of firmware can start a guest, by what is on its disks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from guestfix.disks.partition_types import EFI_SYSTEM
from guestfix.facts.model import Firmware, Flag, Image, Mount, Partition, Unknown, Volume
from guestfix.facts.reading import is_directory, names
from guestfix.guest.protocol import GuestReader

BIOS_BOOT: Final = "21686148-6449-6e6f-744e-656564454649"
"""Where GRUB keeps its core image on a GPT disk (GRUB manual, BIOS installation)."""

_NO_CODE: Final = frozenset({"", "empty", "none"})
_STARTS: Final = frozenset({"grub2", "grub-legacy", "windows", "syslinux", "lilo"})
_FALLBACK: Final = re.compile(r"boot(?:x64|ia32|aa64|arm|riscv64|loongarch64)\.efi", re.IGNORECASE)
_PLACES: Final = ("/boot/efi", "/efi", "/boot")


@dataclass(frozen=True, slots=True)
class _Loaders:
    """What an EFI system partition holds: the file that any firmware starts, and what only NVRAM leads to."""

    fallback: str | None
    others: tuple[str, ...]


def firmware(
    guest: GuestReader, images: Sequence[Image], volumes: Sequence[Volume] | Unknown, mounts: Sequence[Mount]
) -> Firmware:
    """Return whether BIOS and UEFI can start it, and by what that is known."""
    reasons: list[str] = []
    bios = volumes if isinstance(volumes, Unknown) else _bios(images, reasons)
    partition = esp_partition(images)
    if partition is None and not isinstance(volumes, Unknown):
        reasons.append("there is no EFI system partition")
        return Firmware(bios=bios, uefi=False, why="; ".join(reasons))
    uefi = _uefi(guest, partition, mounts, reasons)
    if isinstance(uefi, Unknown):
        reasons.append(uefi.unknown)
    return Firmware(bios=bios, uefi=uefi, why="; ".join(reasons))


def esp_partition(images: Sequence[Image]) -> Partition | None:
    """Return the first EFI system partition."""
    return next((part for image in images for part in image.partitions if part.type in EFI_SYSTEM), None)


def esp_places(mounts: Sequence[Mount], partition: Partition | None) -> tuple[str, ...]:
    """Return where the EFI system partition is mounted; the usual places if no partition is known."""
    if partition is None:
        return _PLACES
    return tuple(mount.path for mount in mounts if mount.device == partition.device)


def subdirectory(guest: GuestReader, directory: str, wanted: str) -> str | None:
    """Return the path of a directory on FAT, whose names have no case; `/boot/efi` is no `EFI` of `/boot`."""
    for name in names(guest, directory):
        path = f"{directory}/{name}"
        if name.lower() == wanted and path != "/boot/efi" and is_directory(guest, path):
            return path
    return None


def _bios(images: Sequence[Image], reasons: list[str]) -> Flag:
    started = next((image for image in images if image.boot_code in _STARTS), None)
    if started is not None:
        core = any(part.type == BIOS_BOOT for part in started.partitions)
        where = f"{started.boot_code} is in the first sector of {started.device}"
        reasons.append(where + (", with a BIOS boot partition" if core else ""))
        return True
    strange = next((image for image in images if image.boot_code not in _NO_CODE), None)
    if strange is not None:
        unknown = f"the boot code of {strange.device} is of a kind that we do not know"
        reasons.append(unknown)
        return Unknown(unknown=unknown)
    reasons.append("no first sector holds boot code")
    return False


def _uefi(guest: GuestReader, partition: Partition | None, mounts: Sequence[Mount], reasons: list[str]) -> Flag:
    places = esp_places(mounts, partition)
    device = partition.device if partition else "the EFI system partition"
    if not places:
        return Unknown(unknown=f"{device} is an EFI system partition that fstab does not mount")
    for place in places:
        loaders = _loaders(guest, place)
        if loaders.fallback is not None:
            reasons.append(f"{loaders.fallback} is on {device}")
            return True
        if loaders.others:
            unsure = f"{loaders.others[0]} is there, but nothing under EFI/BOOT: only the old NVRAM knows of it"
            return Unknown(unknown=unsure)
    if partition is None:
        return Unknown(unknown=f"there is no loader where {device} is usually mounted")
    reasons.append(f"{device} holds no loader")
    return False


def _loaders(guest: GuestReader, place: str) -> _Loaders:
    top = subdirectory(guest, place, "efi")
    if top is None:
        return _Loaders(None, ())
    boot = subdirectory(guest, top, "boot")
    fallback = next((name for name in names(guest, boot) if _FALLBACK.fullmatch(name)), None) if boot else None
    return _Loaders(f"{boot}/{fallback}" if fallback else None, tuple(_vendors(guest, top)))


def _vendors(guest: GuestReader, top: str) -> Iterator[str]:
    for vendor in names(guest, top)[:32]:
        path = f"{top}/{vendor}"
        if vendor.lower() == "boot":
            continue
        for place in (path, subdirectory(guest, path, "boot")):  # Windows' are in EFI/Microsoft/Boot
            found = names(guest, place) if place else ()
            yield from (f"{place}/{name}" for name in found if name.lower().endswith(".efi"))
