r"""What Windows has to know of a driver to start its disk with it: the service, and which devices it is for.

Services: Microsoft, "CurrentControlSet\Services Registry Tree" and "INF AddService"; virt-v2v inject_virtio_win.ml
boots with Type, Start, Group, ErrorControl and ImagePath. Which devices: before Windows 8
`Control\CriticalDeviceDatabase`, from 8 on `DriverDatabase`; the presence of that key decides, as in virt-v2v. Its
minimal entry is the one of virt-v2v (`ddb_regedits`), but named for the driver, so that two do not clash.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guestfix.registry.document import HiveDocument
from guestfix.registry.values import ValueType, dword, multi_sz, sz

DATABASE: Final = "DriverDatabase"
_CONFIGURATION: Final = "guestfix"
_VERSION_HEAD: Final = bytes.fromhex("00ff090000000000")
_RANK: Final = bytes.fromhex("01ff0000")
_NO_DATE_NO_VERSION: Final = bytes(24)
"""Older than any other package, so that the driver's own package wins once Windows has installed it."""

Edit = tuple[str, str, int, bytes]
"""Key, name, type and bytes of a value."""


@dataclass(frozen=True, slots=True)
class BootDriver:
    r"""One driver. `ids` are hardware ids (`PCI\VEN_1AF4&DEV_1001`), `parameters` values below its service."""

    service: str
    file: str
    r"""Name of its file in System32\drivers."""
    type: int
    error_control: int
    group: str
    class_guid: str
    """Setup class of its devices, with braces."""
    architecture: str
    """As INF files name it: amd64, x86."""
    ids: tuple[str, ...]
    parameters: tuple[Edit, ...] = ()
    """Keys are relative to the service's key; "" is that key itself."""


def registered(document: HiveDocument, driver: BootDriver) -> HiveDocument:
    """Return SYSTEM in which `driver` starts at boot in every control set and is known for its devices.

    Raises HiveEditImpossible.
    """
    for key, name, number, data in _edits(document, driver):
        document = document.set_value(key, name, number, data)
    return document


def _edits(document: HiveDocument, driver: BootDriver) -> Iterator[Edit]:
    modern = document.key(DATABASE) is not None
    for control_set in document.control_sets:
        service = f"{control_set}\\Services\\{driver.service}"
        yield service, "Type", ValueType.DWORD, dword(driver.type)
        yield service, "Start", ValueType.DWORD, dword(0)
        yield service, "ErrorControl", ValueType.DWORD, dword(driver.error_control)
        yield service, "Group", ValueType.SZ, sz(driver.group)
        yield service, "ImagePath", ValueType.EXPAND_SZ, sz(f"system32\\drivers\\{driver.file}")
        for below, name, number, data in driver.parameters:
            yield f"{service}\\{below}" if below else service, name, number, data
        for identifier in () if modern else driver.ids:
            key = f"{control_set}\\Control\\CriticalDeviceDatabase\\{identifier.replace(chr(92), '#')}"
            yield key, "Service", ValueType.SZ, sz(driver.service)
            yield key, "ClassGUID", ValueType.SZ, sz(driver.class_guid)
    if modern:
        yield from _database(driver)


def _database(driver: BootDriver) -> Iterator[Edit]:
    inf = f"guestfix-{driver.service}.inf"
    label = f"{inf}_{driver.architecture}_0000000000000000"
    known, package = f"{DATABASE}\\DriverInfFiles\\{inf}", f"{DATABASE}\\DriverPackages\\{label}"
    version = _VERSION_HEAD + uuid.UUID(driver.class_guid).bytes_le + _NO_DATE_NO_VERSION
    configuration = f"{package}\\Configurations\\{_CONFIGURATION}"
    yield known, "", ValueType.MULTI_SZ, multi_sz((label,))
    yield known, "Active", ValueType.SZ, sz(label)
    yield known, "Configurations", ValueType.MULTI_SZ, multi_sz((_CONFIGURATION,))
    yield package, "Version", ValueType.BINARY, version
    yield configuration, "ConfigFlags", ValueType.DWORD, dword(0)
    yield configuration, "Service", ValueType.SZ, sz(driver.service)
    for identifier in driver.ids:
        yield f"{DATABASE}\\DeviceIds\\{identifier}", inf, ValueType.BINARY, _RANK
        yield f"{package}\\Descriptors\\{identifier}", "Configuration", ValueType.SZ, sz(_CONFIGURATION)
