r"""Boot configuration data: the hive that the boot manager of Windows Vista and later reads.

`Objects\{guid}\Description` holds the type of an object, `Objects\{guid}\Elements\XXXXXXXX` one setting each, in
the value `Element`. Sources: Microsoft's "BCD system store settings" and BcdOSLoaderElementTypes; Geoff Chappell,
"BCD elements"; winsiderss/phnt ntbcd.h for well-known objects; the device element as in NTloader's bcd.h, checked
against the BCD of a real machine. Numbers are 8 bytes little endian, truth values one byte.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from guestfix.registry.hive import Hive, Key

BOOT_MANAGER: Final = "{9dea862c-5cdd-4e70-acc1-f32b344d4795}"
EMS_SETTINGS: Final = "{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}"

DEVICE: Final = 0x11000001
PATH: Final = 0x12000002
DESCRIPTION: Final = 0x12000004
INHERIT: Final = 0x14000006
RECOVERY_ENABLED: Final = 0x16000009
BOOT_EMS: Final = 0x16000020
OS_DEVICE: Final = 0x21000001
DEFAULT_OBJECT: Final = 0x23000003
DISPLAY_ORDER: Final = 0x24000001
TIMEOUT: Final = 0x25000004
BOOT_STATUS_POLICY: Final = 0x250000E0
LOADER_EMS: Final = 0x260000B0

OBJECTS: Final = 2000
"""Objects of one store that are looked at; a real one has some twenty."""

_KINDS: Final = {
    0x10100001: "firmware",
    0x10100002: "boot manager",
    0x10200003: "windows loader",
    0x10200004: "resume",
    0x10200005: "memory test",
    0x10300006: "legacy loader",
}
"""Types of application objects: image type and application type."""


@dataclass(frozen=True, slots=True)
class Device:
    """What a device element names. `disk` and `partition` are the signature and offset of MBR, or GUIDs of GPT."""

    kind: Literal["boot", "partition", "locate", "other"]
    table: Literal["mbr", "gpt"] | None = None
    disk: str | None = None
    partition: str | None = None


@dataclass(frozen=True, slots=True)
class Object:
    """One object and its elements, read where they are asked for."""

    id: str
    """With braces, in lower case."""
    type: int
    key: Key

    @property
    def kind(self) -> str:
        """What it starts; "other" for what starts nothing."""
        return kind_of(self.type)

    def device(self, element: int) -> Device | None:
        """Return a device element; None if it is not said."""
        data = self._data(element)
        return device(data) if data is not None else None

    def text(self, element: int) -> str:
        """Return a string or an object id; "" if it is not said."""
        found = self._element(element)
        return (found.text("Element") or "") if found else ""

    def objects(self, element: int) -> tuple[str, ...]:
        """Return a list of object ids, in lower case; empty if it is not said."""
        found = self._element(element)
        return tuple(one.lower() for one in (found.strings("Element") or ())) if found else ()

    def integer(self, element: int) -> int | None:
        """Return a number; None if it is not said."""
        data = self._data(element)
        return int.from_bytes(data[:8], "little") if data else None

    def boolean(self, element: int) -> bool | None:
        """Return a truth value; None if it is not said."""
        data = self._data(element)
        return bool(data[0]) if data else None

    def _element(self, element: int) -> Key | None:
        return self.key.key(f"Elements\\{element:08x}")

    def _data(self, element: int) -> bytes | None:
        found = self._element(element)
        value = found.value("Element") if found else None
        return value.data if value else None


def kind_of(number: int) -> str:
    """Return what an object of this type starts; "other" for what starts nothing."""
    return _KINDS.get(number, "other")


def objects(hive: Hive) -> Iterator[Object]:
    """Yield the objects of a store, in its order. Raises HiveDamaged."""
    top = hive.key("Objects")
    for key in (top.subkeys() if top else ())[:OBJECTS]:
        description = key.subkey("Description")
        yield Object(key.name.lower(), (description.number("Type") if description else None) or 0, key)


def device(data: bytes) -> Device:
    """Return what the bytes of a device element name.

    16 bytes of an object with more options, then the descriptor: type (5 the boot device, 6 a partition, 8 to be
    looked for) and size; of a partition its GUID or 8 bytes of offset, then at 0x34 the kind of table and at 0x38
    the disk's GUID or signature.
    """
    kind = int.from_bytes(data[0x10:0x14], "little")
    if len(data) < 0x20 or kind not in (5, 6, 8):
        return Device("other")
    if kind == 5:
        return Device("boot")
    if kind == 8 or len(data) < 0x48:
        return Device("locate" if kind == 8 else "other")
    table = int.from_bytes(data[0x34:0x38], "little")
    if table == 0:
        return Device("partition", "gpt", _guid(data[0x38:0x48]), _guid(data[0x20:0x30]))
    if table == 1:
        signature = int.from_bytes(data[0x38:0x3C], "little")
        return Device("partition", "mbr", f"{signature:08x}", str(int.from_bytes(data[0x20:0x28], "little")))
    return Device("other")


def partition_device(device: Device, before: bytes = b"") -> bytes:
    """Return the bytes of an element that names the partition `device`; the options of `before` are kept.

    Raises ValueError for a device that is no partition.
    """
    if device.kind != "partition" or device.disk is None or device.partition is None:
        raise ValueError("only a partition can be written as a device")
    body = bytearray(0x58)
    body[0x00:0x10] = before[:0x10].ljust(0x10, b"\0")
    body[0x10:0x14] = (6).to_bytes(4, "little")
    body[0x18:0x1C] = (0x48).to_bytes(4, "little")
    if device.table == "gpt":
        body[0x20:0x30] = uuid.UUID(device.partition).bytes_le
        body[0x38:0x48] = uuid.UUID(device.disk).bytes_le
    else:
        body[0x20:0x28] = int(device.partition).to_bytes(8, "little")
        body[0x34:0x38] = (1).to_bytes(4, "little")
        body[0x38:0x3C] = int(device.disk, 16).to_bytes(4, "little")
    return bytes(body)


def _guid(data: bytes) -> str:
    return str(uuid.UUID(bytes_le=data))
