r"""In what state a Windows was left: asleep, generalised, waiting for a restart; its disks, policies and clock.

Sources: ntfs-3g libntfs-3g/volume.c (hiberfil.sys), Microsoft "Windows Setup States" (ImageState) and
"Set-StorageSetting" (SAN policy), virt-v2v convert_windows.ml (RealTimeIsUniversal, pending restarts).
"""

from __future__ import annotations

from typing import Final

from guestfix.facts.base import Text, Unknown
from guestfix.facts.model import Image, Volume
from guestfix.facts.reading import exists, head, is_file
from guestfix.facts.windows_registry import Registry, attempt, flag, number, strings, subkeys, text_or_none
from guestfix.guest.protocol import GuestReader
from guestfix.registry import any_case

COMPLETE: Final = "IMAGE_STATE_COMPLETE"
_CURRENT: Final = r"Microsoft\Windows\CurrentVersion"
_LDM_MBR: Final = "0x42"
_LDM_GPT: Final = ("5808c8aa-7e8f-42e0-85d2-e1e90434cfb3", "af9b60a0-1431-4f62-bc68-3311714a69ad")
"""Metadata and data partitions of the logical disk manager (Microsoft, PARTITION_INFORMATION_GPT)."""


def clock_is_utc(registry: Registry) -> bool | Unknown:
    """Whether the hardware clock holds UTC; local time if nothing is said."""
    return flag(registry.in_set(r"Control\TimeZoneInformation"), "RealTimeIsUniversal", default=False)


def san_policy(registry: Registry) -> int | Unknown | None:
    """Return what becomes of new disks; None: the default of the edition."""
    return number(registry.in_set(r"Services\partmgr\Parameters"), "SanPolicy")


def page_files(registry: Registry) -> tuple[str, ...]:
    r"""Return the page files as they are written: `C:\pagefile.sys 0 0`."""
    return strings(registry.in_set(r"Control\Session Manager\Memory Management"), "PagingFiles")


def hibernation(registry: Registry) -> bool | Unknown:
    """Whether hibernation is on; it is if nothing is said."""
    return flag(registry.in_set(r"Control\Power"), "HibernateEnabled", default=True)


def fast_startup(registry: Registry) -> bool | Unknown:
    """Whether shutting down hibernates the kernel. The value is there from 8 on."""
    return flag(registry.in_set(r"Control\Session Manager\Power"), "HiberbootEnabled", default=False)


def hibernated(guest: GuestReader) -> bool:
    """Whether hiberfil.sys holds a system to resume; it begins with `hibr` then, `wake` once it was resumed."""
    path = any_case(guest, "/hiberfil.sys")
    return path is not None and head(guest, path, 0, 4).lower() == b"hibr"


def bitlocker(volumes: tuple[Volume, ...] | Unknown) -> tuple[str, ...]:
    """Return the encrypted volumes, by their superblocks."""
    found = () if isinstance(volumes, Unknown) else volumes
    return tuple(volume.device for volume in found if volume.type == "BitLocker")


def dynamic_disks(images: tuple[Image, ...]) -> tuple[str, ...]:
    """Return the disks that the logical disk manager of Windows divides, which nothing else understands."""
    return tuple(
        image.device
        for image in images
        if any(part.type == _LDM_MBR or part.type in _LDM_GPT for part in image.partitions)
    )


def image_state(registry: Registry) -> Text:
    """Return how far setup or sysprep has it; XP and 2003 do not say."""
    said = text_or_none(registry.in_software(rf"{_CURRENT}\Setup\State"), "ImageState")
    return Unknown(unknown="SOFTWARE says nothing of it: Vista and later do") if said is None else said


def generalized(registry: Registry) -> bool | Unknown:
    """Whether it will set itself up on its next start."""
    state = image_state(registry)
    if isinstance(state, str):
        return state != COMPLETE
    return flag(registry.in_system("Setup"), "SystemSetupInProgress", default=False)


def autologon(registry: Registry) -> bool | Unknown:
    """Whether somebody is logged on at start without being asked."""
    said = text_or_none(registry.in_software(r"Microsoft\Windows NT\CurrentVersion\Winlogon"), "AutoAdminLogon")
    return said if isinstance(said, Unknown) else said == "1"


def pending(guest: GuestReader, registry: Registry) -> tuple[str, ...]:
    """Return what waits for the next start."""
    found: list[str] = []
    if subkeys_or_key(registry, rf"{_CURRENT}\WindowsUpdate\Auto Update\RebootRequired"):
        found.append("Windows Update wants a restart")
    if subkeys_or_key(registry, rf"{_CURRENT}\Component Based Servicing\RebootPending"):
        found.append("servicing wants a restart")
    if strings(registry.in_set(r"Control\Session Manager"), "PendingFileRenameOperations"):
        found.append("files are to be renamed")
    path = any_case(guest, f"{registry.system_root}/WinSxS/pending.xml")
    if path is not None and is_file(guest, path):
        found.append("servicing has not finished (WinSxS\\pending.xml)")
    return tuple(found)


def subkeys_or_key(registry: Registry, path: str) -> bool:
    """Whether SOFTWARE has this key."""
    key = registry.in_software(path)
    return key is not None and not isinstance(key, Unknown)


def domain_controller(registry: Registry) -> bool | Unknown:
    """Whether it is a domain controller, by its database as by its product type."""
    key = registry.in_set(r"Control\ProductOptions")
    kind = text_or_none(key, "ProductType")
    if isinstance(kind, Unknown):
        return kind
    return (kind or "").lower() == "lanmannt" or ntds(registry) is not None


def ntds(registry: Registry) -> str | None:
    """Return where the directory's database lies, as Windows names it."""
    said = text_or_none(registry.in_set(r"Services\NTDS\Parameters"), "DSA Database file")
    return said if isinstance(said, str) else None


def group_policies(registry: Registry) -> bool | Unknown:
    """Whether group policies were applied: their history names them by GUID."""
    key = registry.in_software(rf"{_CURRENT}\Group Policy\History")
    return key if isinstance(key, Unknown) else any(one.name.startswith("{") for one in subkeys(key))


def driver_policies(registry: Registry) -> tuple[str, ...]:
    """Return the policies that restrict which devices may be installed, by their value names."""
    key = registry.in_software(r"Policies\Microsoft\Windows\DeviceInstall\Restrictions")
    values = () if key is None or isinstance(key, Unknown) else attempt(key.values)
    found = () if isinstance(values, Unknown) else values
    return tuple(value.name for value in found if value.name.startswith("Deny") and value.number)


def answer_files(guest: GuestReader, registry: Registry) -> tuple[str, ...]:
    """Return the answer files that setup would read, in the order of its search."""
    places = ("Panther/Unattend/Unattend.xml", "Panther/unattend.xml", "System32/Sysprep/unattend.xml")
    found = (any_case(guest, f"{registry.system_root}/{place}") for place in places)
    return tuple(path for path in found if path is not None and exists(guest, path))
