"""GRUB 2: the entries of grub.cfg and of /boot/loader/entries, and which of them starts."""

from __future__ import annotations

import re

from guestfix.facts.boot_bls import bls_entry, entry_files
from guestfix.facts.model import BootEntry, BootLoader, Text, Unknown
from guestfix.facts.reading import is_file, names, parsed
from guestfix.formats import grub_cfg, grub_order, grubenv
from guestfix.formats.grub_cfg import GrubCfg
from guestfix.formats.grub_nodes import Entry
from guestfix.formats.grubenv import Grubenv
from guestfix.guest.protocol import GuestReader

MENUS = ("/boot/grub/grub.cfg", "/boot/grub2/grub.cfg")
ENVIRONMENTS = ("/boot/grub/grubenv", "/boot/grub2/grubenv")
SOURCES = ("/etc/default/grub", "/etc/kernel/cmdline")
EFI = "/boot/efi/EFI"
"""RHEL up to 8 keeps the menu of UEFI machines here; elsewhere this grub.cfg only leads to the one in /boot."""


def grub2(guest: GuestReader, installed_on: str | None) -> BootLoader | None:
    """Return the facts on GRUB 2; None if none of its menus is here."""
    vendor_menus = [f"{EFI}/{vendor}/grub.cfg" for vendor in names(guest, EFI)[:32]]
    paths = [path for path in (*MENUS, *vendor_menus) if is_file(guest, path)]
    documents = {path: parsed(guest, path, grub_cfg.parse) for path in paths}
    path = next((path for path in paths if _has_menu(documents[path])), paths[0] if paths else None)
    if path is None:
        return None
    environment_path = environment_of(guest, path)
    entry_paths = entry_files(guest, "/boot")
    sources = tuple(each for each in SOURCES if is_file(guest, each))
    extra = (environment_path,) if environment_path else ()
    files = (path, *sources, *extra, *entry_paths)
    document = documents[path]
    if not isinstance(document, GrubCfg):
        why = document or Unknown(unknown=f"{path} is gone")
        return BootLoader(loader="grub2", installed_on=installed_on, files=files, default=why, timeout=why)
    environment = parsed(guest, environment_path, grubenv.parse) if environment_path else None
    entries = _menu(document, path)
    if document.has_blscfg:
        entries = (*_bls_menu(guest, entry_paths, document, environment), *entries)
    return BootLoader(
        loader="grub2",
        installed_on=installed_on,
        files=files,
        entries=entries,
        default=_default(document, environment, entries),
        timeout=_timeout(document),
    )


def environment_of(guest: GuestReader, menu: str) -> str | None:
    """Return the path of the environment block: GRUB looks for it beside its menu."""
    beside = f"{menu.rpartition('/')[0]}/grubenv"
    return next((path for path in (beside, *ENVIRONMENTS) if is_file(guest, path)), None)


def _has_menu(document: GrubCfg | Unknown | None) -> bool:
    return isinstance(document, GrubCfg) and bool(document.entries or document.has_blscfg)


def _menu(document: GrubCfg, path: str) -> tuple[BootEntry, ...]:
    found = []
    for entry in document.entries:
        kernel = document.kernel_of(entry)
        if kernel is None and "xen" in entry.classes and not entry.is_submenu:
            # Its kernel is a module of the hypervisor (grub.d/20_linux_xen), which is what is loaded.
            hypervisor = BootEntry(
                title=entry.title, id=entry.path, kernel="xen", command_line="", source=path, line=entry.line
            )
            found.append(hypervisor)
        if entry.is_submenu or kernel is None or not kernel.starts_linux:
            continue
        initrd = document.initrd_of(entry)
        found.append(
            BootEntry(
                title=entry.title,
                id=entry.path,
                kernel=kernel.kernel,
                initramfs=initrd.images if initrd else (),
                command_line=kernel.command_line,
                source=path,
                line=kernel.line,
            )
        )
    return tuple(found)


def _bls_menu(
    guest: GuestReader, paths: tuple[str, ...], document: GrubCfg, environment: Grubenv | Unknown | None
) -> tuple[BootEntry, ...]:
    found = {entry.id: entry for path in paths if (entry := bls_entry(guest, path)) is not None}
    fallback = document.values("kernelopts")
    variables = environment.variables if isinstance(environment, Grubenv) else {}
    shared = variables.get("kernelopts") or (fallback[-1] if fallback else "")
    ordered = [found[each] for each in grub_order.newest_first(found)]
    return tuple(
        entry.model_copy(update={"command_line": entry.command_line.replace("$kernelopts", shared)})
        for entry in ordered
    )


def _default(document: GrubCfg, environment: Grubenv | Unknown | None, entries: tuple[BootEntry, ...]) -> Text:
    """Return the id of the entry that starts. GRUB takes the first one where the default names none.

    blscfg stands before the other menu entries, so numbers count its entries first.
    """
    named = [value for value in document.values("default") if "next_entry" not in value]
    wanted = named[-1] if named else "0"
    if "saved_entry" in wanted:
        if isinstance(environment, Unknown):
            return environment
        wanted = (environment.get("saved_entry") if environment else None) or "0"
    if document.has_blscfg:
        snippets = [entry for entry in entries if ">" not in entry.id and not entry.id.isdigit()]
        for place, entry in enumerate(snippets):
            if wanted in (entry.id, entry.title, str(place)):
                return entry.id
    found = _entered(document, wanted) or (None if document.has_blscfg else _entered(document, "0"))
    if found is None:
        return entries[0].id if entries else Unknown(unknown="the menu holds no Linux entry")
    if any(each.id == found.path for each in entries):
        return found.path
    if entries and found.conditional:
        return entries[0].id
    return Unknown(unknown=f"the entry that starts, {found.title}, loads no Linux kernel")


def _entered(document: GrubCfg, wanted: str) -> Entry | None:
    entry = document.resolve(wanted)
    while entry is not None and entry.is_submenu:
        # A submenu as default starts the first entry inside it.
        entry = document.resolve(f"{entry.path}>0")
    return entry


def _timeout(document: GrubCfg) -> int | Unknown:
    values = document.values("timeout")
    if not values:
        return -1
    numbers = [int(value) for value in values if re.fullmatch("-?[0-9]{1,9}", value)]
    return numbers[-1] if numbers else Unknown(unknown="grub.cfg sets no plain timeout")
