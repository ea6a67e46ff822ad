"""`guestfix inspect --target`: the verdict first, then what to do, then the facts; on one screen."""

from __future__ import annotations

from collections.abc import Iterator

from guestfix.assessment import Assessment, EntryVerdict, Preflight, Verdict
from guestfix.facts.model import Flag, Unknown
from guestfix.report.facts_text import facts_page, summary
from guestfix.report.findings_text import findings_page
from guestfix.report.page import Block, Column, Fields, Line, Page, Section, Style, Table, Words, joined, say
from guestfix.report.wording import counted, flag

SENTENCE = 600
"""Characters of a reason that are shown."""

VERDICT_STYLE: dict[Verdict, Style] = {
    Verdict.SUPPORTED: "good",
    Verdict.SHOULD_WORK: "good",
    Verdict.UNKNOWN: "warn",
    Verdict.REFUSED: "bad",
}

_ENTRIES = (
    Column("entry"),
    Column("kernel"),
    Column("root"),
    Column("drivers now"),
    Column("after apply"),
    Column("answers"),
    Column("console"),
)


_MORE = Line(say("`guestfix inspect` without --target, or --verbose, shows all that is known.", "dim"))


def preflight_page(preflight: Preflight, guest: str, *, verbose: bool = False) -> Page:
    """Return the answer for one target in full, or for several as a matrix; `verbose` adds all facts."""
    facts = preflight.facts
    if len(preflight.assessments) == 1:
        body = tuple(_assessment(preflight.assessments[0], guest))
    else:
        body = (_matrix(preflight, guest),)
    if verbose:
        return (*body, *facts_page(facts))
    return (
        *body,
        summary(facts),
        Line(say("`guestfix inspect` without --target shows all that is known.", "dim")),
    )


def _assessment(found: Assessment, guest: str) -> Iterator[Block]:
    yield Section(
        say(f"{guest} on {found.target}: ", "strong") + _word(found.verdict),
        (Line(say(found.why, limit=SENTENCE)), *_next(found)),
    )
    findings = [finding for finding in found.findings if finding.waived is None]
    waived = len(found.findings) - len(findings)
    if found.findings:
        title = counted(len(findings), "finding") + (f" and {waived} waived" if waived else "")
        yield Section(say(title), findings_page(found.findings))
    if found.entries:
        yield Section(say("Boot entries"), (Table(_ENTRIES, tuple(_row(entry) for entry in found.entries)), _STAR))


_STAR = Line(say("* starts by default", "dim"))


def _next(found: Assessment) -> Iterator[Block]:
    rows: list[tuple[str, Words]] = []
    default = next((entry for entry in found.entries if entry.starts_by_default), None)
    if default is not None:
        place = say(f" [{default.source}:{default.line}]", "dim")
        rows.append(("starts by default", say(default.title) + place))
        rows.append(("boots there now", _with_reason(default.drivers)))
        rows.append(("boots after apply", _with_reason(default.boots)))
        rows.append(("answers", _with_reason(default.answers)))
    files = counted(found.changes, "file")
    rows.append(("apply would change", say(files) + say(f" (guestfix plan --target {found.target})", "dim")))
    yield Fields(tuple(rows))


def _with_reason(value: Flag) -> Words:
    return flag(value) + (say(f" ({value.unknown})", "dim", limit=SENTENCE) if isinstance(value, Unknown) else ())


def _row(entry: EntryVerdict) -> tuple[Words, ...]:
    return (
        say(entry.title + (" *" if entry.starts_by_default else "")),
        say(entry.kernel or "unknown"),
        flag(entry.root),
        flag(entry.drivers),
        flag(entry.drivers_after),
        flag(entry.answers),
        flag(entry.console),
    )


def _matrix(preflight: Preflight, guest: str) -> Section:
    columns = (
        Column("target"),
        Column("verdict"),
        Column("why"),
        Column("findings", right=True),
        Column("to change"),
    )
    rows = tuple(
        (
            say(found.target, "strong"),
            _word(found.verdict),
            say(found.why, limit=SENTENCE),
            say(str(len(found.findings))),
            say(counted(found.changes, "file")),
        )
        for found in preflight.assessments
    )
    hint = say("--target TARGET shows what to do, for one of them.", "dim")
    return Section(joined((say(guest, "strong"), say("on every target"))), (Table(columns, rows), Line(hint)))


def _word(verdict: Verdict) -> Words:
    return say(verdict.value, VERDICT_STYLE[verdict])
