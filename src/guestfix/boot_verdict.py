"""How each boot entry stands on a target: those of a Linux boot loader's menu, or of a Windows boot store."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from guestfix.facts.boot_choice import kernel_of
from guestfix.facts.devices import resolve
from guestfix.facts.model import BootEntry, Facts, Flag, Initramfs, Kernel, Model, Unknown, Volume
from guestfix.facts.windows_model import BootConfiguration, BootDevice, BootIniEntry, BootObject, Windows
from guestfix.formats import kernel_cmdline
from guestfix.plan import Plan
from guestfix.rules.target import Target
from guestfix.windows_after import boot_ini_after, windows_after


class EntryVerdict(Model):
    """How one boot entry stands on one target."""

    title: str
    id: str
    source: str
    line: int = Field(description="0 in a boot configuration store, which has no lines")
    starts_by_default: bool
    kernel: str | None = Field(
        description="Version of an installed kernel, or build of a Windows; null: its image is none we know"
    )
    root: Flag = Field(description="The root file system that it names is on the images")
    drivers: Flag = Field(description="Every storage driver is there in time, as the guest is now")
    drivers_after: Flag = Field(description="The same after `apply`")
    answers: Flag = Field(description="The kernel has a driver for the network card; a Windows, after `apply`")
    console: bool = Field(
        description="It writes to a console of the target, as the guest is now; true for a Windows, which shows a "
        "picture on any"
    )
    boots: Flag = Field(description="After `apply`, this entry finds its root file system")


def boot_entries(facts: Facts, plan: Plan, target: Target) -> tuple[EntryVerdict, ...]:
    """Return the verdict on each entry, in the order of the menu."""
    if facts.windows is not None:
        menu = boot_ini_after(facts.windows, facts.images, plan)
        return (
            *_windows_entries(facts.windows, plan, target),
            *(_boot_ini_entry(now, after, facts.windows, plan, target) for now, after in menu),
        )
    return tuple(_entry(entry, facts, plan, target) for entry in facts.boot.entries)


def _entry(entry: BootEntry, facts: Facts, plan: Plan, target: Target) -> EntryVerdict:
    kernel = kernel_of(entry, facts.kernels)
    nothing = Unknown(unknown=f"{entry.kernel} is no kernel in /boot that was looked at")
    ready = kernel.targets.get(target.id) if kernel is not None else None
    root = _root(entry, facts)
    after = drivers_after(kernel, plan, target) if kernel is not None else nothing
    words = kernel_cmdline.parse_text(entry.command_line)
    return EntryVerdict(
        title=entry.title,
        id=entry.id,
        source=entry.source,
        line=entry.line,
        starts_by_default=entry.id == facts.boot.default,
        kernel=kernel.version if kernel is not None else None,
        root=root,
        drivers=ready.boots if ready is not None else nothing,
        drivers_after=after,
        answers=ready.answers if ready is not None else nothing,
        console=not target.consoles or any(console in target.consoles for console in words.consoles),
        boots=_both(root, after),
    )


def drivers_after(kernel: Kernel, plan: Plan, target: Target) -> Flag:
    """Return whether a kernel has every storage driver in time once `plan` is applied."""
    ready = kernel.targets.get(target.id)
    if ready is None:
        return Unknown(unknown="nobody asked how this kernel stands there")
    image = kernel.initramfs
    if ready.boots is True or not isinstance(image, Initramfs):
        return ready.boots
    extended = any(change.path == image.path and change.after is not None for change in plan.changes)
    missing = any(
        evidence.path in (kernel.image, image.path)
        for finding in plan.findings
        if finding.severity == "error"
        for evidence in finding.evidence
    )
    return True if extended and not missing else ready.boots


def _root(entry: BootEntry, facts: Facts) -> Flag:
    if isinstance(facts.volumes, Unknown):
        return facts.volumes
    words = kernel_cmdline.parse_text(entry.command_line)
    spec = words.get("root")
    if spec is None:
        return Unknown(unknown="its command line has no root=")
    found = resolve(spec, facts.images, facts.volumes)
    if isinstance(found, Volume):
        return found.device == facts.os.root or Unknown(
            unknown=f"root={spec} is {found.device}, not {facts.os.root}"
        )
    return found if isinstance(found, Unknown) else Unknown(unknown=f"root={spec} names no disk")


def _both(one: Flag, other: Flag) -> Flag:
    if one is False or other is False:
        return False
    return next((flag for flag in (one, other) if isinstance(flag, Unknown)), True)


def _windows_entries(windows: Windows, plan: Plan, target: Target) -> Iterator[EntryVerdict]:
    ready = windows.targets.get(target.id)
    after = windows_after(windows, plan, target)
    codes = {finding.code for finding in plan.findings}
    for store in windows.boot:
        for found in store.objects:
            if found.kind not in _STARTS_WINDOWS:
                continue
            root = _os_device(found.os_device)
            renamed = any(change.path == store.path for change in plan.changes)
            root_after = True if renamed and "GF-WINDOWS-BCD-DISAGREES" not in codes else root
            yield EntryVerdict(
                title=found.description or found.kind,
                id=found.id,
                source=store.path,
                line=0,
                starts_by_default=_is_default(store, found, target),
                kernel=None if isinstance(windows.build, Unknown) else str(windows.build),
                root=root,
                drivers=ready.boots if ready is not None else _NO_WINDOWS,
                drivers_after=after.boots,
                answers=after.answers,
                console=True,
                boots=_both(root_after, after.boots),
            )


def _boot_ini_entry(
    entry: BootIniEntry, later: BootIniEntry, windows: Windows, plan: Plan, target: Target
) -> EntryVerdict:
    ready = windows.targets.get(target.id)
    after = windows_after(windows, plan, target)
    return EntryVerdict(
        title=entry.title,
        id=entry.starts,
        source=entry.source,
        line=entry.line,
        starts_by_default=entry.default and "bios" in target.firmware,
        kernel=None if isinstance(windows.build, Unknown) else str(windows.build),
        root=_is_here(entry.found),
        drivers=ready.boots if ready is not None else _NO_WINDOWS,
        drivers_after=after.boots,
        answers=after.answers,
        console=True,
        boots=_both(_is_here(later.found), after.boots),
    )


def _is_here(found: str | Unknown | None) -> Flag:
    return found if isinstance(found, Unknown) else found is not None


_NO_WINDOWS = Unknown(unknown="the target is not known to run any Windows")
_STARTS_WINDOWS = ("windows loader", "legacy loader")


def _is_default(store: BootConfiguration, found: BootObject, target: Target) -> bool:
    return found.id == store.default and store.firmware in target.firmware


def _os_device(device: BootDevice | None) -> Flag:
    if device is None or (device.found is None and device.kind != "partition"):
        return Unknown(unknown="the entry names no partition")
    return _is_here(device.found)
