"""The proof's verdict: does the guest answer on the target's hardware, how far did it get, and why no further."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from guestfix.boot.stages import Stage
from guestfix.boot.verdict import Verdict
from guestfix.report.page import Block, Column, Fields, Line, Page, Section, Table, Words, joined, say

SENTENCE = 1000
"""Characters of one sentence that are shown."""


def verdict_page(verdict: Verdict) -> Page:
    """Return the page on `verdict`; its first line is the verdict in one sentence."""
    body: list[Block] = [Fields(tuple(_fields(verdict)))]
    if verdict.seconds:
        body.append(_stages(verdict))
    body.extend(Line(say(line, "dim", limit=SENTENCE)) for line in verdict.evidence)
    return (Section(verdict_line(verdict), tuple(body)),)


def verdict_line(verdict: Verdict) -> Words:
    """Return whether the guest answers, and after how many seconds or how far it got."""
    after = f"after {verdict.total_seconds:.1f} s"
    if verdict.answered:
        where = f" at {verdict.address}" if verdict.address else ""
        return say("The guest answers", "good") + say(f"{where} {after}.")
    return say("The guest does not answer", "bad") + say(f" {after}; it reached: {verdict.stage.words}.")


def _fields(verdict: Verdict) -> Iterator[tuple[str, Words]]:
    hardware = verdict.hardware
    yield "reason", say(verdict.reason, limit=SENTENCE)
    if verdict.advice:
        yield "next", say(verdict.advice, "strong", limit=SENTENCE)
    if verdict.banner:
        yield "SSH banner", say(verdict.banner)
    parts = (f"{hardware.disk} disk", f"{hardware.nic} network", hardware.firmware.upper())
    yield "hardware", joined(say(part) for part in parts)
    yield "emulation", say(verdict.accelerator)
    yield from _files(verdict)


def _files(verdict: Verdict) -> Iterator[tuple[str, Words]]:
    files: tuple[tuple[str, Path | None], ...] = (
        ("serial log", verdict.serial_log),
        ("screenshot", verdict.screenshot),
        ("packets", verdict.capture),
    )
    for name, path in files:
        if path is not None:
            yield name, say(str(path), limit=SENTENCE)


def _stages(verdict: Verdict) -> Table:
    rows = tuple(
        (say(stage.words), say(f"{verdict.seconds[stage]:.1f}")) for stage in Stage if stage in verdict.seconds
    )
    return Table((Column("stage"), Column("seconds", right=True)), rows)


def verdict_data(verdict: Verdict) -> dict[str, object]:
    """Return the verdict as JSON can hold it."""
    return {
        "answered": verdict.answered,
        "stage": verdict.stage.name.lower(),
        "reason": verdict.reason,
        "advice": verdict.advice,
        "evidence": list(verdict.evidence),
        "seconds": {stage.name.lower(): seconds for stage, seconds in verdict.seconds.items()},
        "total_seconds": verdict.total_seconds,
        "address": verdict.address,
        "banner": verdict.banner,
        "accelerator": verdict.accelerator,
        "hardware": asdict(verdict.hardware),
        "serial_log": _path(verdict.serial_log),
        "screenshot": _path(verdict.screenshot),
        "capture": _path(verdict.capture),
    }


def _path(path: Path | None) -> str | None:
    return None if path is None else str(path)
