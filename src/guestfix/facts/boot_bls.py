"""Boot Loader Specification entries: what GRUB's blscfg and systemd-boot find in loader/entries."""

from __future__ import annotations

from guestfix.facts.model import BootEntry
from guestfix.facts.reading import names, parsed
from guestfix.formats import bls
from guestfix.formats.bls import BlsEntry
from guestfix.guest.protocol import GuestReader

BLS_PLACES = ("/boot/efi", "/efi", "/boot")
"""Where an EFI system partition or an extended boot loader partition is mounted."""

LIMIT = 128
"""Entries that are looked at."""


def entry_files(guest: GuestReader, place: str) -> tuple[str, ...]:
    """Return the paths of the entries below the file system that is mounted at `place`."""
    directory = f"{place}/loader/entries"
    found = [name for name in names(guest, directory) if name.endswith(".conf") and not name.startswith(".")]
    return tuple(f"{directory}/{name}" for name in found[:LIMIT])


def bls_entry(guest: GuestReader, path: str) -> BootEntry | None:
    """Return the entry that a file holds; None if it cannot be read or starts no Linux."""
    entry = parsed(guest, path, bls.parse)
    if not isinstance(entry, BlsEntry) or entry.get("linux") is None:
        return None
    name = path.rpartition("/")[2].removesuffix(".conf")
    line = next((number for number, key, _ in entry.fields if key == "options"), 1)
    return BootEntry(
        title=entry.get("title") or name,
        id=name,
        kernel=entry.get("linux") or "",
        initramfs=tuple(word for value in entry.values("initrd") for word in value.split()),
        command_line=entry.options,
        source=path,
        line=line,
    )
