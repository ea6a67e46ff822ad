"""Which boot entry can start on a target, by the kernel that it loads: what choosing a default rests on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from guestfix.facts.model import BootEntry, DriverState, Facts, Kernel, Unknown
from guestfix.rules.target import Target

_SINGLE_USER = frozenset({"single", "s", "S", "1", "emergency", "rescue", "-b"})


@dataclass(frozen=True, slots=True)
class Better:
    """An entry to start instead of the default, and what is wrong with the default."""

    entry: BootEntry
    kernel: Kernel
    before: str
    """Version of the default's kernel, or the name of its hypervisor."""
    because: str


def better_default(facts: Facts, target: Target, avoid: Sequence[str]) -> Better | str:
    """Return the entry that should start instead of the default one, or why the default stays.

    The first entry of the menu that can start wins: menus list the newest kernel first. An entry whose title
    holds one of the words `avoid`, or that starts a single user, is never chosen.
    """
    boot = facts.boot
    if isinstance(boot.default, Unknown):
        return f"the entry that starts is not known: {boot.default.unknown}"
    current = next((entry for entry in boot.entries if entry.id == boot.default), None)
    if current is None:
        return "the entry that starts is none that loads Linux"
    kernel = kernel_of(current, facts.kernels)
    name = current.kernel.rpartition("/")[2]
    if kernel is None and not name.startswith("xen"):
        return "the entry that starts loads a kernel that is not in /boot"
    before = kernel.version if kernel else name
    because = cannot_start(kernel, target) if kernel else "is a hypervisor"
    if because is None:
        return f"the entry that starts loads {before}, which can start on the target"
    for entry in boot.entries:
        other = kernel_of(entry, facts.kernels)
        if other is not None and cannot_start(other, target) is None and _is_ordinary(entry, avoid):
            return Better(entry, other, before, because)
    return f"{before} {because}, and no other entry is better"


def kernel_of(entry: BootEntry, kernels: Sequence[Kernel]) -> Kernel | None:
    """Return the installed kernel that an entry loads.

    Paths of an entry begin at its file system, /boot or the EFI system partition for example. Where none ends so
    (a Btrfs subvolume stands before it), the name decides, which in /boot holds the version.
    """
    path = entry.kernel.rpartition(")")[2].lstrip("/")
    name = path.rpartition("/")[2]
    found = [kernel for kernel in kernels if kernel.image.endswith(f"/{path}")]
    # A kernel that is on the EFI system partition and in /boot is started from where the entry is.
    place = entry.source.partition("/loader/entries/")[0]
    found.sort(key=lambda kernel: kernel.image != f"{place}/{path}")
    return next(iter(found), next((kernel for kernel in kernels if kernel.image == f"/boot/{name}"), None))


def cannot_start(kernel: Kernel, target: Target) -> str | None:
    """Return why a kernel is no default for a target, as the end of a sentence; None if nothing speaks against it.

    A driver that is only on disk counts where there is an initramfs to put it into.
    """
    if kernel.kind != "normal":
        return f"is a {kernel.kind} kernel"
    readiness = kernel.targets.get(target.id)
    if readiness is None or readiness.boots is True:
        return None
    if isinstance(readiness.boots, Unknown) and kernel.modules_directory is None:
        return None
    enough = {DriverState.BUILT_IN, DriverState.IN_INITRAMFS}
    if kernel.initramfs is not None:
        enough.add(DriverState.ON_DISK)
    for need in target.drivers.storage:
        ways = [need.modules, need.instead] if need.instead else [need.modules]
        if need.optional or any(all(readiness.storage.get(name) in enough for name in way) for way in ways):
            continue
        where = "" if kernel.initramfs is not None else " and no initramfs"
        return f"has no {' and '.join(need.modules)} for the {need.device}{where}"
    return None


def _is_ordinary(entry: BootEntry, avoid: Sequence[str]) -> bool:
    words = re.findall("[a-z0-9]+", entry.title.lower())
    return not set(words) & set(avoid) and not set(entry.command_line.split()) & _SINGLE_USER
