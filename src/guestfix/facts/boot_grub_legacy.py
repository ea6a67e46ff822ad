"""GRUB 0.97: the entries of its menu, and which of them starts."""

from __future__ import annotations

import re

from guestfix.facts.model import BootEntry, BootLoader, Text, Unknown
from guestfix.facts.reading import is_file, parsed, resolved, text
from guestfix.formats import grub_legacy as menu_lst
from guestfix.formats.grub_legacy import GrubLegacy
from guestfix.guest.protocol import GuestReader

MENUS = ("/boot/grub/grub.conf", "/boot/grub/menu.lst", "/boot/efi/EFI/redhat/grub.conf")
"""Red Hat's grub reads grub.conf and menu.lst is a link to it; RHEL 6 on UEFI keeps it on the ESP."""
SAVED = "/boot/grub/default"
"""What `default saved` reads: the number in its first line."""
_EXTRA = (SAVED, "/boot/grub/device.map")


def grub_legacy(guest: GuestReader, installed_on: str | None) -> BootLoader | None:
    """Return the facts on GRUB 0.97; None if it has no menu here."""
    places = dict.fromkeys(resolved(guest, path) or path for path in MENUS if is_file(guest, path))
    if not places:
        return None
    path = next(iter(places))
    files = (*places, *(each for each in _EXTRA if is_file(guest, each)))
    document = parsed(guest, path, menu_lst.parse)
    if not isinstance(document, GrubLegacy):
        why = document or Unknown(unknown=f"{path} is gone")
        return BootLoader(loader="grub-legacy", installed_on=installed_on, files=files, default=why, timeout=why)
    return BootLoader(
        loader="grub-legacy",
        installed_on=installed_on,
        files=files,
        entries=tuple(_entries(document, path)),
        default=_default(guest, document),
        timeout=_timeout(document),
    )


def _entries(document: GrubLegacy, path: str) -> list[BootEntry]:
    return [
        BootEntry(
            title=entry.title,
            id=str(entry.number),
            kernel=entry.hypervisor or entry.kernel.path,
            initramfs=entry.initrd,
            command_line=entry.kernel.command_line,
            source=path,
            line=entry.kernel.line,
        )
        for entry in document.entries
        if entry.kernel is not None
    ]


def _default(guest: GuestReader, document: GrubLegacy) -> Text:
    entries = document.entries
    wanted = document.get("default") or "0"
    if wanted == "saved":
        kept = (text(guest, SAVED) or "0").split("\n", 1)[0].strip()
        wanted = kept or "0"
    number = int(wanted) if re.fullmatch("[0-9]{1,6}", wanted) else 0
    if number >= len(entries):
        number = 0
    if not entries:
        return Unknown(unknown="the menu holds no Linux entry")
    entry = entries[number]
    if entry.kernel is None:
        return Unknown(unknown=f"the entry that starts, {entry.title}, loads no Linux kernel")
    return str(number)


def _timeout(document: GrubLegacy) -> int | Unknown:
    value = document.get("timeout")
    if value is None:
        return -1
    return int(value) if re.fullmatch("-?[0-9]{1,9}", value) else Unknown(unknown="the timeout is no number")
