"""The boot loader, what it offers, and what it starts if nobody touches a key."""

from __future__ import annotations

from collections.abc import Sequence

from guestfix.facts.boot_grub2 import grub2
from guestfix.facts.boot_grub_legacy import grub_legacy
from guestfix.facts.boot_syslinux import extlinux
from guestfix.facts.boot_systemd import systemd_boot
from guestfix.facts.model import BootLoader, Image, Unknown
from guestfix.guest.protocol import GuestReader

_IN_FIRST_SECTORS = ("grub2", "grub-legacy", "syslinux", "lilo")


def boot_loader(guest: GuestReader, images: Sequence[Image]) -> BootLoader:
    """Return the facts on the boot loader whose files are in this guest.

    Where files of several are left over, the one whose code is in a first sector counts, then the usual order.
    """
    started = next((image for image in images if image.boot_code in _IN_FIRST_SECTORS), None)
    device = started.device if started else None
    order = [grub2, grub_legacy, systemd_boot, extlinux]
    if started is not None and started.boot_code == "grub-legacy":
        order = [grub_legacy, grub2, systemd_boot, extlinux]
    for look in order:
        found = look(guest, device)
        if found is not None:
            return found
    nothing = Unknown(unknown="no boot loader that we know has files here")
    return BootLoader(loader=nothing, installed_on=device, default=nothing, timeout=nothing)
