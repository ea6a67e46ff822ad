"""Targets for people: what each platform is, and what a guest needs there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guestfix.report.page import Block, Column, Fields, Line, Page, Section, Table, say
from guestfix.rules.target import Need, Target


def targets_page(targets: Sequence[Target]) -> Page:
    """Return one line for each target."""
    rows = tuple((say(target.id, "strong"), say(target.summary)) for target in targets)
    return (Table((Column("target"), Column("platform")), rows),)


def target_page(target: Target) -> Page:
    """Return all that is known of one target."""
    return (Section(say(target.id, "strong") + say(f"  {target.summary}"), tuple(_body(target))),)


def _body(target: Target) -> Iterator[Block]:
    yield Fields(
        (
            ("firmware", say(", ".join(target.firmware))),
            ("disks", say("; ".join(_need(need) for need in target.drivers.storage), limit=1000)),
            ("network", say("; ".join(_need(need) for need in target.drivers.network), limit=1000)),
            ("consoles", say(", ".join(target.consoles) or "as they are")),
            ("kernel parameters", say(" ".join(target.kernel_parameters) or "none")),
            ("proof", say("; ".join(f"{hardware.disk} and {hardware.nic}" for hardware in target.proof))),
        )
    )
    for sentence in target.not_emulated:
        yield Line(say(f"not emulated: {sentence}", "warn", limit=1000))
    for source in target.source:
        yield Line(say(f"source: {source}", "dim", limit=1000))


def _need(need: Need) -> str:
    instead = f" (older: {', '.join(need.instead)})" if need.instead else ""
    optional = ", optional" if need.optional else ""
    return f"{need.device}: {', '.join(need.modules)}{instead}{optional}"
