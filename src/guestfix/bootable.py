"""A guest's images as the proof takes them: looked at, locked for reading, and which firmware their disk wants."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from guestfix.boot.hardware import UNKNOWN_TO_UEFI, BootDisk, Firmware
from guestfix.disks.chain import ChainLink, resolve
from guestfix.disks.formats import examine
from guestfix.disks.headers_model import ImageHeader
from guestfix.disks.layout import read_layout
from guestfix.disks.layout_types import DiskLayout
from guestfix.disks.locks import LEFT_BEHIND_S, locked
from guestfix.disks.partition_types import EFI_SYSTEM
from guestfix.disks.qemu_img import copy_start
from guestfix.errors import InternalError
from guestfix.rules.target import Hardware as Devices
from guestfix.rules.target import Target
from guestfix.sources import Images

_START = 1 << 20
"""Bytes that hold both partition tables and the boot code."""


@dataclass(frozen=True, slots=True)
class Bootable:
    """What `prove` needs. `firmware` is None where the first disk says nothing."""

    disks: tuple[BootDisk, ...]
    firmware: Firmware | None


@contextmanager
def bootable(source: Images) -> Iterator[Bootable]:
    """Yield the images of a guest, locked for reading. Raises the errors of `disks`."""
    headers = [examine(path, source.format) for path in source.paths]
    with locked([header.path for header in headers], exclusive=False, wait_s=LEFT_BEHIND_S):
        disks = tuple(_boot_disk(resolve(header, source.allow_backing)) for header in headers)
        yield Bootable(disks, firmware_of(_layout(headers[0])))


def firmware_of(layout: DiskLayout) -> Firmware | None:
    """Return the firmware that a boot disk is made for: boot code in its first sector is for a BIOS.

    A disk with both starts by its boot code, as it would on a target that offers both.
    """
    if layout.boot_code != "empty":
        return "bios"
    return "uefi" if any(slot.type in EFI_SYSTEM for slot in layout.partitions) else None


def usual_devices(target: Target, firmware: str) -> Devices:
    """Return the first hardware of the target's proof that this firmware starts from; if none, the first."""
    startable = (each for each in target.proof if firmware == "bios" or each.disk not in UNKNOWN_TO_UEFI)
    return next(startable, target.proof[0])


def _layout(header: ImageHeader) -> DiskLayout:
    with tempfile.TemporaryDirectory(prefix="guestfix-") as folder:
        start = Path(folder) / "start"
        copy_start(header.path, header.format, start, _START)
        data = start.read_bytes()
    return read_layout(lambda offset, length: data[offset : offset + length], header.virtual_size)


def _boot_disk(chain: Sequence[ChainLink]) -> BootDisk:
    disk: BootDisk | None = None
    for link in reversed(chain):
        disk = BootDisk(link.path, link.format, disk)
    if disk is None:
        raise InternalError("an image has an empty chain")
    return disk
