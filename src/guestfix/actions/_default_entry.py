"""How each boot loader is told which entry starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from guestfix.changes import Note, Whole
from guestfix.facts.boot_grub2 import environment_of
from guestfix.facts.model import BootEntry
from guestfix.formats import bls, grub_cfg, grubenv, shell_variables, syslinux
from guestfix.formats import grub_legacy as menu_lst
from guestfix.rules.action import Proposal, Scope

Notes = tuple[Note, ...]

_GRUB_SOURCE: Final = "/etc/default/grub"


def grub2(entry: BootEntry, notes: Notes, scope: Scope) -> tuple[Proposal, ...]:
    """Return the changes for GRUB 2: its menu or environment, and the source of the next menu."""
    menu = scope.facts.boot.files[0]
    return tuple(_grub2(menu, entry, notes, scope))


def _grub2(menu: str, entry: BootEntry, notes: Notes, scope: Scope) -> Iterator[Proposal]:
    document = grub_cfg.parse(scope.guest.read(menu))
    node = next((each for each in document.entries if each.path == entry.id), None)
    name = document.name_of(node) if entry.source == menu and node is not None else entry.id
    named = [value for value in document.values("default") if "next_entry" not in value]
    environment = environment_of(scope.guest, menu)
    if named and "saved_entry" in named[-1] and environment is not None:
        block = grubenv.parse(scope.guest.read(environment)).with_value("saved_entry", name)
        yield Proposal(environment, Whole(data=block.render()), notes)
    else:
        edited = document.with_default(name) if named else document.with_first("default", name)
        yield Proposal(menu, Whole(data=edited.render()), notes)
    if scope.guest.status(_GRUB_SOURCE) is not None:
        source = shell_variables.parse(scope.guest.read(_GRUB_SOURCE))
        if source.get("GRUB_DEFAULT") != "saved":
            edited_source = source.with_value("GRUB_DEFAULT", name)
            yield Proposal(_GRUB_SOURCE, Whole(data=edited_source.render()), notes)


def grub_legacy(entry: BootEntry, notes: Notes, scope: Scope) -> tuple[Proposal, ...]:
    """Return the change for GRUB 0.97; `default saved` becomes a number, for the saved one is the old."""
    menu = menu_lst.parse(scope.guest.read(entry.source)).with_setting("default", entry.id)
    return (Proposal(entry.source, Whole(data=menu.render()), notes),)


def extlinux(entry: BootEntry, notes: Notes, scope: Scope) -> tuple[Proposal, ...]:
    """Return the change for extlinux: `menu default` moves along where there is one."""
    menu = syslinux.parse(scope.guest.read(entry.source)).with_default(entry.id)
    return (Proposal(entry.source, Whole(data=menu.render()), notes),)


def systemd_boot(entry: BootEntry, notes: Notes, scope: Scope) -> tuple[Proposal, ...]:
    """Return the change for systemd-boot: the file name of the entry, which is a pattern without wildcards."""
    path = scope.facts.boot.files[0]
    conf = bls.parse(scope.guest.read(path)).with_value("default", f"{entry.id}.conf")
    return (Proposal(path, Whole(data=conf.render()), notes),)


CHANGES: Final[Mapping[str, Callable[[BootEntry, Notes, Scope], tuple[Proposal, ...]]]] = {
    "grub2": grub2,
    "grub-legacy": grub_legacy,
    "extlinux": extlinux,
    "systemd-boot": systemd_boot,
}
"""Boot loader, as the facts call it, to what tells it."""
