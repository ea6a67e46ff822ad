"""extlinux and syslinux: the labels of the menu, and which of them starts."""

from __future__ import annotations

import re

from guestfix.facts.model import BootEntry, BootLoader, Text, Unknown
from guestfix.facts.reading import is_file, parsed
from guestfix.formats import syslinux
from guestfix.formats.syslinux import Syslinux
from guestfix.guest.protocol import GuestReader

MENUS = ("/boot/extlinux/extlinux.conf", "/boot/syslinux/syslinux.cfg", "/boot/extlinux.conf")


def extlinux(guest: GuestReader, installed_on: str | None) -> BootLoader | None:
    """Return the facts on extlinux; None if it has no menu here."""
    files = tuple(path for path in MENUS if is_file(guest, path))
    if not files:
        return None
    document = parsed(guest, files[0], syslinux.parse)
    if not isinstance(document, Syslinux):
        why = document or Unknown(unknown=f"{files[0]} is gone")
        return BootLoader(loader="extlinux", installed_on=installed_on, files=files, default=why, timeout=why)
    entries = tuple(_entries(document, files[0]))
    return BootLoader(
        loader="extlinux",
        installed_on=installed_on,
        files=files,
        entries=entries,
        default=_default(document, entries),
        timeout=_timeout(document),
    )


def _entries(document: Syslinux, path: str) -> list[BootEntry]:
    shared = document.get("append") or ""
    return [
        BootEntry(
            title=entry.title,
            id=entry.label,
            kernel=entry.kernel.value,
            initramfs=entry.initrd,
            command_line=entry.append.value if entry.append else shared,
            source=path,
            line=(entry.append or entry.kernel).line,
        )
        for entry in document.entries
        if entry.kernel is not None
    ]


def _default(document: Syslinux, entries: tuple[BootEntry, ...]) -> Text:
    labels = [entry.label for entry in document.entries if entry.menu_default]
    wanted = labels[-1:] or [document.get("default") or (document.entries[0].label if document.entries else "")]
    if any(entry.id == wanted[0] for entry in entries):
        return wanted[0]
    return Unknown(unknown="the label that starts loads no Linux kernel")


def _timeout(document: Syslinux) -> int | Unknown:
    """Return whole seconds, rounded up; without prompt and menu nothing waits."""
    value = document.get("timeout") or "0"
    if not re.fullmatch("[0-9]{1,9}", value):
        return Unknown(unknown="the timeout is no number")
    if document.get("ui") is None and (document.get("prompt") or "0") == "0":
        return 0
    return -(-int(value) // 10) or -1
