"""Will this machine boot and answer there, and if not, why? One value for each target, before anything is touched.

The whole plan is made for it, since what a guest lacks now may be what `apply` brings. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

from pydantic import Field

from guestfix.changes import Finding
from guestfix.facts.boot_choice import kernel_of
from guestfix.facts.devices import resolve
from guestfix.facts.model import BootEntry, Facts, Flag, Initramfs, Kernel, Model, Unknown, Volume
from guestfix.formats import kernel_cmdline
from guestfix.plan import Plan
from guestfix.rules.support import Standing, standing
from guestfix.rules.target import Target


class Verdict(StrEnum):
    """What to expect. *Supported*: the target's list names it; *should work*: only the facts say so."""

    SUPPORTED = "supported"
    SHOULD_WORK = "should work"
    UNKNOWN = "unknown"
    REFUSED = "refused"


class EntryVerdict(Model):
    """How one boot entry stands on one target."""

    title: str
    id: str
    source: str
    line: int
    starts_by_default: bool
    kernel: str | None = Field(description="Version of an installed kernel; null: its image is none we know")
    root: Flag = Field(description="The root file system that it names is on the images")
    drivers: Flag = Field(description="Every storage driver is built in or in its initramfs, as the guest is now")
    drivers_after: Flag = Field(description="The same after `apply`")
    answers: Flag = Field(description="The kernel has a driver for the network card")
    console: bool = Field(description="It writes to a console of the target, as the guest is now")
    boots: Flag = Field(description="After `apply`, this entry finds its root file system")


class Assessment(Model):
    """One guest on one target."""

    target: str
    verdict: Verdict
    why: str
    entries: tuple[EntryVerdict, ...]
    findings: tuple[Finding, ...] = Field(description="Errors first, then by code; waived ones are among them")
    changes: int = Field(description="Files that `apply` would change")
    plan: str = Field(description="Identity of that plan")


class Preflight(Model):
    """What `guestfix inspect --target` found out."""

    schema_version: Literal[1] = 1
    assessments: tuple[Assessment, ...]
    facts: Facts


def assess(facts: Facts, plan: Plan, target: Target) -> Assessment:
    """Return what to expect of a guest on `target` after `plan`."""
    entries = tuple(_entry(entry, facts, plan, target) for entry in facts.boot.entries)
    verdict, why = _verdict(facts, plan, target, entries)
    return Assessment(
        target=target.id,
        verdict=verdict,
        why=why,
        entries=entries,
        findings=plan.findings,
        changes=len(plan.changes),
        plan=plan.identity,
    )


def _verdict(facts: Facts, plan: Plan, target: Target, entries: tuple[EntryVerdict, ...]) -> tuple[Verdict, str]:
    errors = [finding for finding in plan.findings if finding.stands_in_the_way]
    if errors:
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        return Verdict.REFUSED, f"{errors[0].message} [{errors[0].code}]{more}"
    doubts = list(_doubts(facts, plan, target, entries))
    for verdict in (Verdict.REFUSED, Verdict.UNKNOWN):
        said = [why for each, why in doubts if each is verdict]
        if said:
            return verdict, "; ".join(said)
    found = standing(target.support, facts.os)
    if not isinstance(found, Unknown) and found.standing is Standing.LISTED:
        return Verdict.SUPPORTED, f"{found.title} lists it, and it has what it needs"
    unlisted = found.unknown if isinstance(found, Unknown) else found.standing.value
    return Verdict.SHOULD_WORK, f"it has what it needs; the target's lists: {unlisted}"


def _doubts(
    facts: Facts, plan: Plan, target: Target, entries: tuple[EntryVerdict, ...]
) -> Iterator[tuple[Verdict, str]]:
    if isinstance(facts.os.family, Unknown):
        yield Verdict.UNKNOWN, f"which system it is: {facts.os.family.unknown}"
    if facts.os.family != "linux":
        return
    if not facts.kernels:
        yield Verdict.UNKNOWN, "no kernel was found in /boot"
        return
    default = next((entry for entry in entries if entry.starts_by_default), None)
    if default is None:
        said = facts.boot.default.unknown if isinstance(facts.boot.default, Unknown) else "it is not in the menu"
        yield Verdict.UNKNOWN, f"which entry starts by default: {said}"
        kernel = facts.kernels[0]
        yield from _judged(_drivers_after(kernel, plan, target), f"kernel {kernel.version} finds its root disk")
        yield from _judged(kernel.targets[target.id].answers, f"kernel {kernel.version} has a network driver")
        return
    name = default.kernel or default.title
    yield from _judged(default.boots, f"{name}, which starts by default, finds its root disk")
    yield from _judged(default.answers, f"{name} has a driver for the network card")


def _judged(flag: Flag, what: str) -> Iterator[tuple[Verdict, str]]:
    if isinstance(flag, Unknown):
        yield Verdict.UNKNOWN, f"whether {what}: {flag.unknown}"
    elif not flag:
        yield Verdict.REFUSED, f"not so: {what}"


def _entry(entry: BootEntry, facts: Facts, plan: Plan, target: Target) -> EntryVerdict:
    kernel = kernel_of(entry, facts.kernels)
    nothing = Unknown(unknown=f"{entry.kernel} is no kernel in /boot that was looked at")
    ready = kernel.targets.get(target.id) if kernel is not None else None
    root = _root(entry, facts)
    after = _drivers_after(kernel, plan, target) if kernel is not None else nothing
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


def _drivers_after(kernel: Kernel, plan: Plan, target: Target) -> Flag:
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
