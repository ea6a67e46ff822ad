r"""Services and drivers of a Windows, whether they could start, and the filters that disks depend on.

Sources: Microsoft "CurrentControlSet\Services Registry Tree" (Start, Type, ImagePath), Azure
Azure-NVMe-Conversion.ps1 (StartOverride, a value "0" of 3 that keeps a boot driver from starting with the system),
Microsoft "Device filter driver ordering" (UpperFilters, LowerFilters of a class).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from guestfix.facts.base import Unknown
from guestfix.facts.reading import names, plain
from guestfix.facts.windows_model import ClassFilter, WindowsService
from guestfix.facts.windows_registry import Registry, number, strings, subkeys, text_or_none
from guestfix.guest.protocol import GuestReader
from guestfix.registry import Key, any_case
from guestfix.registry.names import folded

CLASSES: Final = (
    ("disk", "{4d36e967-e325-11ce-bfc1-08002be10318}"),
    ("volume", "{71a27cdd-812a-11d0-bec7-08002be2092f}"),
    ("scsi adapter", "{4d36e97b-e325-11ce-bfc1-08002be10318}"),
    ("hard disk controller", "{4d36e96a-e325-11ce-bfc1-08002be10318}"),
    ("system", "{4d36e97d-e325-11ce-bfc1-08002be10318}"),
    ("network card", "{4d36e972-e325-11ce-bfc1-08002be10318}"),
)
"""Setup classes whose filters decide whether disk and network work (Microsoft, "System-defined setup classes")."""

DRIVER_TYPES: Final = (1, 2)
DISABLED: Final = 4
_OVERRIDDEN: Final = 3
_ANTIVIRUS: Final = "fsfilter anti-virus"
_DRIVERS: Final = "system32\\drivers\\"

File = Literal["present", "missing", "elsewhere"]


def services(guest: GuestReader, registry: Registry) -> tuple[WindowsService, ...]:
    """Return the services of the control set in use, in the order of the hive."""
    files = driver_files(guest, registry)
    told = (_service(key, registry, files) for key in subkeys(registry.in_set("Services")))
    return tuple(service for service in told if service is not None)


def driver_files(guest: GuestReader, registry: Registry) -> frozenset[str]:
    r"""Return the names in System32\drivers, folded; one listing instead of hundreds of looks."""
    folder = any_case(guest, f"{registry.system_root}/System32/drivers")
    return frozenset(folded(name) for name in names(guest, folder)) if folder else frozenset()


def _service(key: Key, registry: Registry, files: frozenset[str]) -> WindowsService | None:
    """Return one service; None for a key that is none, such as those of performance counters alone."""
    kind, start, image = number(key, "Type"), number(key, "Start"), service_image(key)
    if not isinstance(kind, int) or isinstance(start, Unknown):
        return None
    return WindowsService(
        name=plain(key.name),
        type=kind,
        start=start,
        image=image,
        file=file_state(plain(key.name), kind, image, files),
        start_override=any(_overridden(registry, key.name, name) for name in registry.sets),
    )


def _overridden(registry: Registry, service: str, control_set: str) -> bool:
    """Whether `StartOverride` says on demand or disabled for any configuration (they are numbered, "0" counts)."""
    key = registry.in_set(f"Services\\{service}\\StartOverride", control_set)
    said = number(key, "0")
    return isinstance(said, int) and said >= _OVERRIDDEN


def file_state(name: str, kind: int | None, image: str, files: frozenset[str]) -> File:
    r"""Return where the file of a service is; `files` are the names in System32\drivers, folded.

    A driver without ImagePath is System32\drivers\NAME.sys.
    """
    if kind not in DRIVER_TYPES:
        return "elsewhere"
    path = image.lower().removeprefix("\\??\\").removeprefix("%systemroot%\\").removeprefix("\\systemroot\\")
    folder, file = path[: len(_DRIVERS)], path[len(_DRIVERS) :]
    if image and (folder != _DRIVERS or "\\" in file):
        return "elsewhere"
    return "present" if folded(file or f"{name}.sys") in files else "missing"


def filters(registry: Registry, known: tuple[WindowsService, ...]) -> tuple[ClassFilter, ...]:
    """Return the filters of the classes that matter, in every control set, and what is wrong with each."""
    by_name = {folded(service.name): service for service in known}
    return tuple(_filters(registry, by_name))


def _filters(registry: Registry, known: dict[str, WindowsService]) -> Iterator[ClassFilter]:
    places: tuple[Literal["UpperFilters", "LowerFilters"], ...] = ("UpperFilters", "LowerFilters")
    for control_set in registry.sets:
        for device_class, guid in CLASSES:
            key = registry.in_set(f"Control\\Class\\{guid}", control_set)
            for place in places:
                for name in strings(key, place):
                    yield ClassFilter(
                        device_class=device_class,
                        guid=guid,
                        place=place,
                        name=name,
                        control_set=control_set,
                        problem=_problem(registry, control_set, name, known),
                    )


def _problem(registry: Registry, control_set: str, name: str, known: dict[str, WindowsService]) -> str:
    key = registry.in_set(f"Services\\{name}", control_set)
    if key is None:
        return "there is no such service"
    if number(key, "Start") == DISABLED:
        return "its service is disabled"
    service = known.get(folded(name))
    if service is not None and service.file == "missing":
        return "its file is missing"
    return ""


def antivirus(registry: Registry) -> tuple[str, ...]:
    """Return the filters of virus scanners that are on, by their load order group.

    The group is what Microsoft gives them ("Load order groups and altitudes for minifilter drivers"). WdFilter is
    Windows' own, and bound to no hardware.
    """
    return tuple(
        plain(key.name)
        for key in subkeys(registry.in_set("Services"))
        if str(text_or_none(key, "Group")).lower() == _ANTIVIRUS
        and folded(key.name) != "WDFILTER"
        and number(key, "Start") not in (None, DISABLED)
    )


def has_driver_database(registry: Registry) -> bool | Unknown:
    """Whether devices are matched by DriverDatabase: its presence decides, not the version."""
    key = registry.in_system("DriverDatabase")
    return key if isinstance(key, Unknown) else key is not None


def service_image(key: Key | Unknown | None) -> str:
    """Return ImagePath, "" if it is not said."""
    said = text_or_none(key, "ImagePath")
    return said if isinstance(said, str) else ""
