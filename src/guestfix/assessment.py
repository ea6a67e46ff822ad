"""Will this machine boot and answer there, and if not, why? One value for each target, before anything is touched.

The whole plan is made for it, since what a guest lacks now may be what `apply` brings. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

from pydantic import Field

from guestfix.areas import Area, areas
from guestfix.boot_verdict import EntryVerdict, boot_entries, drivers_after
from guestfix.changes import Finding
from guestfix.facts.model import Facts, Flag, Model, Unknown
from guestfix.plan import Plan
from guestfix.rules.support import Standing, standing
from guestfix.rules.target import Target


class Verdict(StrEnum):
    """What to expect. *Supported*: the target's list names it; *should work*: only the facts say so."""

    SUPPORTED = "supported"
    SHOULD_WORK = "should work"
    UNKNOWN = "unknown"
    REFUSED = "refused"


class Assessment(Model):
    """One guest on one target."""

    target: str
    verdict: Verdict
    why: str
    entries: tuple[EntryVerdict, ...] = Field(description="Of the boot loader, or of a boot configuration store")
    areas: tuple[Area, ...] = Field(description="What to expect of each: system, boot, network, login ...")
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
    entries = boot_entries(facts, plan, target)
    verdict, why = _verdict(facts, plan, target, entries)
    return Assessment(
        target=target.id,
        verdict=verdict,
        why=why,
        entries=entries,
        areas=areas(facts, plan, target, entries),
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
    if facts.windows is not None and target.id not in facts.windows.targets:
        yield Verdict.UNKNOWN, "the target is not known to run any Windows"
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
        yield from _judged(drivers_after(kernel, plan, target), f"kernel {kernel.version}", *_ROOT)
        yield from _judged(kernel.targets[target.id].answers, f"kernel {kernel.version}", *_CARD)
        return
    name = default.kernel or default.title
    yield from _judged(default.boots, f"{name}, which starts by default,", *_ROOT)
    yield from _judged(default.answers, name, *_CARD)


_ROOT = ("finds its root disk", "does not find its root disk")
_CARD = ("has a driver for the network card", "has no driver for the network card")


def _judged(flag: Flag, kernel: str, does: str, does_not: str) -> Iterator[tuple[Verdict, str]]:
    if isinstance(flag, Unknown):
        yield Verdict.UNKNOWN, f"nobody can tell whether {kernel} {does}: {flag.unknown}"
    elif not flag:
        yield Verdict.REFUSED, f"{kernel} {does_not}"
