"""Kernels, and how each stands on each target: the matrix of drivers and a plain verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from guestfix.facts.boot_choice import kernel_of
from guestfix.facts.model import DriverState, Facts, Initramfs, Kernel, Readiness, Unknown
from guestfix.report.page import Column, Line, Page, Section, Style, Table, Words, joined, say
from guestfix.report.wording import flag, known, size

MOST_IN_FULL = 2
"""Targets whose drivers are shown in full: more would push everything else off the screen."""

_KERNEL_COLUMNS = (
    Column("version"),
    Column("initramfs"),
    Column("size", right=True),
    Column("made by"),
    Column("compression"),
    Column("modules in it", right=True),
    Column("on disk", right=True),
    Column("built in", right=True),
)


def kernels(facts: Facts) -> Page:
    """Return the table of installed kernels; `*` marks the one that starts by default."""
    if not facts.kernels:
        return (Section(say("Kernels"), (Line(say("No kernel is installed.", "bad")),)),)
    default = default_kernel(facts)
    rows = tuple(_kernel(kernel, kernel is default) for kernel in facts.kernels)
    note = () if default is None else (Line(say("* starts by default", "dim")),)
    return (Section(say("Kernels"), (Table(_KERNEL_COLUMNS, rows), *note)),)


def default_kernel(facts: Facts) -> Kernel | None:
    """Return the kernel of the boot loader's default entry, if both are known."""
    entry = next((entry for entry in facts.boot.entries if entry.id == facts.boot.default), None)
    return kernel_of(entry, facts.kernels) if entry is not None else None


def _kernel(kernel: Kernel, is_default: bool) -> tuple[Words, ...]:
    image = kernel.initramfs
    kind = "" if kernel.kind == "normal" else f" ({kernel.kind})"
    if isinstance(image, Initramfs):
        made = (
            say(PurePosixPath(image.path).name),
            say(size(image.size)),
            known(image.generator),
            say(" + ".join(segment.compression for segment in image.segments)),
            say(str(len(image.modules))),
        )
    else:
        absent = say("none", "bad") if image is None else known(image)
        made = (absent, say(""), say(""), say(""), say(""))
    return (
        say(kernel.version) + say(kind + (" *" if is_default else "")),
        *made,
        say(str(kernel.modules_on_disk) if kernel.modules_directory else "none"),
        say(str(kernel.modules_built_in)),
    )


def readiness(facts: Facts) -> Page:
    """Return how the kernels stand on the targets that were asked about.

    One or two: a sentence and a matrix of drivers for each. More: one table, for the kernel that starts.
    """
    targets = list(dict.fromkeys(target for kernel in facts.kernels for target in kernel.targets))
    if len(targets) > MOST_IN_FULL:
        return (_overview(targets, facts),)
    return tuple(_target(target, facts) for target in targets)


def _target(target: str, facts: Facts) -> Section:
    ready, judged = _judged(target, facts)
    title = say(f"On {target} ") + say(f"with {judged}: ", "dim") + verdict(ready[judged])
    return Section(title, (_matrix(ready),))


def _judged(target: str, facts: Facts) -> tuple[dict[str, Readiness], str]:
    """Return the readiness of each kernel, and the version of the one that speaks for the guest."""
    ready = {kernel.version: kernel.targets[target] for kernel in facts.kernels if target in kernel.targets}
    default = default_kernel(facts)
    return ready, default.version if default is not None and default.version in ready else next(iter(ready))


def _overview(targets: Iterable[str], facts: Facts) -> Section:
    rows = []
    for target in targets:
        ready, judged = _judged(target, facts)
        found = ready[judged]
        storage = (
            _lacking(found.storage, (DriverState.ON_DISK, DriverState.MISSING)) if found.boots is False else ""
        )
        network = _lacking(found.network, (DriverState.MISSING,)) if found.answers is False else ""
        why = "; ".join(part for part in (storage, network) if part)
        rows.append((say(target, "strong"), flag(found.boots), flag(found.answers), say(why)))
    columns = (Column("target"), Column("boots"), Column("answers"), Column("drivers that it would need"))
    hint = Line(say("--target TARGET says more, and what to do.", "dim"))
    return Section(say("As it is now, on each target"), (Table(columns, tuple(rows)), hint))


def verdict(ready: Readiness) -> Words:
    """Return whether a kernel boots and answers, and which drivers keep it from that."""
    return joined(
        (
            _answer("boots", ready.boots, _lacking(ready.storage, (DriverState.ON_DISK, DriverState.MISSING))),
            _answer("answers", ready.answers, _lacking(ready.network, (DriverState.MISSING,))),
        ),
        "; ",
    )


def _answer(question: str, value: bool | Unknown, lacking: str) -> Words:
    answer = say(f"{question}: ") + flag(value)
    return answer + say(f" ({lacking})") if value is False and lacking else answer


def _lacking(drivers: dict[str, DriverState], states: Iterable[DriverState]) -> str:
    return ", ".join(f"{name} {drivers[name].value}" for name in drivers if drivers[name] in states)


def _matrix(ready: dict[str, Readiness]) -> Table:
    columns = (Column("driver"), Column("for"), *(Column(version) for version in ready))
    rows = [
        *_driver_rows("storage", [item.storage for item in ready.values()]),
        *_driver_rows("network", [item.network for item in ready.values()]),
        (say("boots", "strong"), say(""), *(flag(item.boots) for item in ready.values())),
        (say("answers", "strong"), say(""), *(flag(item.answers) for item in ready.values())),
    ]
    return Table(columns, tuple(rows))


def _driver_rows(purpose: str, states: list[dict[str, DriverState]]) -> Iterator[tuple[Words, ...]]:
    for name in dict.fromkeys(name for drivers in states for name in drivers):
        yield (
            say(name),
            say(purpose),
            *(
                say(drivers[name].value, _style(drivers[name], purpose)) if name in drivers else ()
                for drivers in states
            ),
        )


def _style(state: DriverState, purpose: str) -> Style:
    if state is DriverState.MISSING:
        return "bad"
    if state is DriverState.ON_DISK:
        return "warn" if purpose == "storage" else "good"
    return "good"
