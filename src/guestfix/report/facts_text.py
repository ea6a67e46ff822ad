"""What `guestfix inspect` shows: system, boot loader, disks, kernels, how they stand on each target, network."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from guestfix.facts.model import BootEntry, BootLoader, Facts, Fstab, FstabEntry, OperatingSystem, Unknown
from guestfix.report.layout_text import layout
from guestfix.report.network_text import network
from guestfix.report.page import Block, Column, Fields, Line, Page, Section, Table, Words, joined, say
from guestfix.report.readiness_text import kernels, readiness
from guestfix.report.windows_text import windows
from guestfix.report.wording import counted, known, neutral_flag

COMMAND_LINE = 2048
"""Characters of a kernel command line that are shown: COMMAND_LINE_SIZE of x86 in the kernel's setup.h."""

_FSTAB_COLUMNS = (
    Column("line", right=True),
    Column("device"),
    Column("mounted on"),
    Column("type"),
    Column("options"),
    Column("resolved to"),
)


def facts_page(facts: Facts) -> Page:
    """Return all that a person wants to know about a guest, what matters most first."""
    return (
        summary(facts),
        *layout(facts),
        *kernels(facts),
        *readiness(facts),
        *windows(facts.windows),
        *_fstab(facts.fstab),
        network(facts.network),
        *_unknowns(facts),
    )


def system_name(system: OperatingSystem) -> Words:
    """Return the system's name for people with its architecture."""
    name = say("Unknown system", "warn") if isinstance(system.name, Unknown) else say(system.name)
    unknown = isinstance(system.architecture, Unknown)
    return joined((name, say("unknown architecture", "warn") if unknown else known(system.architecture)))


def summary(facts: Facts) -> Section:
    """Return what the system is, and how it starts."""
    system = facts.os
    firmware = facts.firmware
    rows = [
        ("host name", known(system.hostname)),
        ("init", known(system.init)),
        ("packages", known(system.package_manager)),
        ("root", say(system.root)),
        (
            "firmware",
            say("BIOS: ")
            + neutral_flag(firmware.bios)
            + say("; UEFI: ")
            + neutral_flag(firmware.uefi)
            + say(f" ({firmware.why})", "dim"),
        ),
        *_boot(facts.boot),
    ]
    return Section(system_name(system), (Fields(tuple(rows)),))


def _boot(boot: BootLoader) -> Iterator[tuple[str, Words]]:
    yield (
        "boot loader",
        joined(
            (
                known(boot.loader),
                say(f"on {boot.installed_on}" if boot.installed_on else ""),
                say(counted(len(boot.entries), "entry", "entries")),
                say(_menu(boot.timeout)),
            )
        ),
    )
    yield from _default_entry(boot)


def _menu(timeout: int | Unknown) -> str:
    if isinstance(timeout, Unknown):
        return "how long the menu waits is unknown"
    return "the menu waits " + ("for ever" if timeout == -1 else counted(timeout, "second"))


def _default_entry(boot: BootLoader) -> Iterator[tuple[str, Words]]:
    entry = next((entry for entry in boot.entries if entry.id == boot.default), None)
    if entry is None:
        yield "starts", known(boot.default)
        return
    yield "starts", say(entry.title) + say(f" [{entry.id}, {entry.source}:{entry.line}]", "dim")
    yield "kernel", _loads(entry)
    yield "command line", say(entry.command_line, limit=COMMAND_LINE)


def _loads(entry: BootEntry) -> Words:
    return joined((say(entry.kernel), *(say(path) for path in entry.initramfs)), " + ")


def _fstab(fstab: Fstab | Unknown) -> Iterator[Section]:
    if isinstance(fstab, Unknown):
        return
    rows = tuple(_fstab_entry(entry) for entry in fstab.entries)
    body: list[Block] = [Table(_FSTAB_COLUMNS, rows)] if rows else [Line(say("Nothing is mounted by it."))]
    if fstab.not_understood:
        lines = "line" if len(fstab.not_understood) == 1 else "lines"
        numbers = ", ".join(str(number) for number in fstab.not_understood)
        body.append(Line(say(f"Not understood and left alone: {lines} {numbers}", "warn")))
    yield Section(say(f"Mounted at boot ({fstab.path})"), tuple(body))


def _fstab_entry(entry: FstabEntry) -> tuple[Words, ...]:
    if isinstance(entry.device, Unknown):
        device = say("not resolved: " + entry.device.unknown, "bad")
    elif entry.device is None:
        device = say("no device needed", "dim")
    else:
        device = say(entry.device, "good")
    return (
        say(str(entry.line)),
        say(entry.spec),
        say(entry.mount_point),
        say(entry.type),
        say(entry.options),
        device,
    )


def _unknowns(facts: Facts) -> Iterator[Section]:
    rows = tuple(
        (say(where), say(reason.unknown))
        for where, reason in unknowns(facts)
        if not where.startswith("fstab.entries")  # told in the line's own row
    )
    if rows:
        yield Section(say("Unknown", "warn"), (Table((Column("fact"), Column("why")), rows),))


def unknowns(value: object, path: str = "") -> Iterator[tuple[str, Unknown]]:
    """Yield each unknown inside a model with its path, such as `kernels[0].initramfs`, in the model's order."""
    if isinstance(value, Unknown):
        yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from unknowns(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from unknowns(item, f"{path}[{number}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from unknowns(item, f"{path}[{key}]")
