"""systemd-boot: its entries on the EFI system partition, and which of them starts."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cmp_to_key

from guestfix.facts.boot_bls import BLS_PLACES, bls_entry, entry_files
from guestfix.facts.firmware import subdirectory
from guestfix.facts.model import BootEntry, BootLoader, Text, Unknown
from guestfix.facts.reading import is_file, names, parsed
from guestfix.formats import bls
from guestfix.formats.bls import BlsEntry
from guestfix.formats.grub_order import compare_versions
from guestfix.guest.protocol import GuestReader


def systemd_boot(guest: GuestReader, installed_on: str | None) -> BootLoader | None:
    """Return the facts on systemd-boot; None if it has no loader.conf here.

    Entries may also be on an extended boot loader partition at /boot (Boot Loader Specification, XBOOTLDR).
    """
    place = next((each for each in BLS_PLACES if is_file(guest, f"{each}/loader/loader.conf")), None)
    if place is None:
        return None
    path = f"{place}/loader/loader.conf"
    paths = tuple(dict.fromkeys(file for each in (place, "/boot") for file in entry_files(guest, each)))
    unified = unified_images(guest, place)
    files = (path, *paths, *unified)
    document = parsed(guest, path, bls.parse)
    conf = document if isinstance(document, BlsEntry) else BlsEntry(())
    ranked = sorted((found for file in paths if (found := _ranked(guest, file))), key=cmp_to_key(_order))
    entries = tuple(entry for entry, _ in ranked)
    return BootLoader(
        loader="systemd-boot",
        installed_on=installed_on,
        files=files,
        entries=entries,
        default=_default(conf, entries, unified),
        timeout=_timeout(conf),
    )


def unified_images(guest: GuestReader, place: str) -> tuple[str, ...]:
    """Return the unified kernel images (type 2 entries), whose command lines are inside signed files."""
    top = subdirectory(guest, place, "efi")
    linux = subdirectory(guest, top, "linux") if top else None
    if linux is None:
        return ()
    return tuple(f"{linux}/{name}" for name in names(guest, linux)[:64] if name.lower().endswith(".efi"))


def _ranked(guest: GuestReader, path: str) -> tuple[BootEntry, BlsEntry] | None:
    entry, document = bls_entry(guest, path), parsed(guest, path, bls.parse)
    return (entry, document) if entry is not None and isinstance(document, BlsEntry) else None


def _order(one: tuple[BootEntry, BlsEntry], two: tuple[BootEntry, BlsEntry]) -> int:
    """Compare as the specification sorts: sort-key, machine-id, newest version, then newest file name."""
    left, right = one[1], two[1]
    keys = left.get("sort-key"), right.get("sort-key")
    if (keys[0] is None) != (keys[1] is None):
        return 1 if keys[0] is None else -1
    if keys[0] is not None:
        for key in ("sort-key", "machine-id"):
            mine, other = left.get(key) or "", right.get(key) or ""
            if mine != other:
                return 1 if mine > other else -1
        if result := compare_versions(right.get("version") or "", left.get("version") or ""):
            return result
    return compare_versions(two[0].id, one[0].id)


def _default(conf: BlsEntry, entries: tuple[BootEntry, ...], unified: tuple[str, ...]) -> Text:
    """Return what starts: the first match of the pattern `default`, else the first entry; NVRAM is lost."""
    wanted = conf.get("default")
    if wanted is not None:
        for entry in entries:
            if fnmatchcase(f"{entry.id}.conf", wanted) or fnmatchcase(entry.id, wanted):
                return entry.id
    if unified:
        return Unknown(unknown="unified kernel images are there, which are not read")
    return entries[0].id if entries else Unknown(unknown="there is no Linux entry")


def _timeout(conf: BlsEntry) -> int | Unknown:
    value = conf.get("timeout") or "0"
    if value in ("menu-force", "menu-hidden", "menu-disabled"):
        return -1 if value == "menu-force" else 0
    return int(value) if re.fullmatch("[0-9]{1,9}", value) else Unknown(unknown="the timeout is no number")
