"""`guestfix inspect --target`: the verdict first, then what to do, then the facts; on one screen."""

from __future__ import annotations

from collections.abc import Iterator

from guestfix.areas import Area
from guestfix.assessment import Assessment, Preflight, Verdict
from guestfix.boot_verdict import EntryVerdict
from guestfix.facts.model import Unknown
from guestfix.report.facts_text import facts_page, summary
from guestfix.report.findings_text import findings_page, findings_short
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
        body = tuple(_assessment(preflight.assessments[0], guest, verbose=verbose))
    else:
        body = (_matrix(preflight, guest), *(() if verbose else (summary(facts),)))
    return (*body, *facts_page(facts)) if verbose else (*body, _MORE)


def _assessment(found: Assessment, guest: str, *, verbose: bool) -> Iterator[Block]:
    yield Section(
        say(f"{guest} on {found.target}: ", "strong") + _word(found.verdict),
        (Line(say(found.why, limit=SENTENCE)), *_look_at(found), Fields(tuple(_areas(found)))),
    )
    if found.findings:
        yield _findings(found, verbose=verbose)
    if found.entries:
        yield Section(say("Boot entries"), (Table(_ENTRIES, tuple(_row(entry) for entry in found.entries)), _STAR))


_STAR = Line(say("* starts by default", "dim"))


def _look_at(found: Assessment) -> Iterator[Line]:
    if doubtful := _doubtful(found):
        yield Line(say("before the move, look at: ", "warn") + say(doubtful))


def _doubtful(found: Assessment) -> str:
    return ", ".join(area.name for area in found.areas if area.expected is not True)


def _areas(found: Assessment) -> Iterator[tuple[str, Words]]:
    for area in found.areas:
        count = say(f" ({counted(len(area.findings), 'finding')})", "dim") if area.findings else ()
        yield area.name, _outlook(area) + say(area.why, limit=SENTENCE) + count
    files = say(counted(found.changes, "file"))
    yield "apply changes", files + say(f" (guestfix plan --target {found.target})", "dim")


def _outlook(area: Area) -> Words:
    if isinstance(area.expected, Unknown):
        return say("unsure: ", "warn")
    return say("good: ", "good") if area.expected else say("bad: ", "bad")


def _findings(found: Assessment, *, verbose: bool) -> Section:
    waived = sum(finding.waived is not None for finding in found.findings)
    title = counted(len(found.findings) - waived, "finding") + (f" and {waived} waived" if waived else "")
    if verbose:
        return Section(say(title), findings_page(found.findings))
    return Section(say(title), (*findings_short(found.findings), _EXPLAIN))


_EXPLAIN = Line(say("`guestfix explain CODE` says why; --verbose shows where each was seen.", "dim"))


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
        Column("look at"),
        Column("why"),
        Column("findings", right=True),
        Column("to change"),
    )
    rows = tuple(
        (
            say(found.target, "strong"),
            _word(found.verdict),
            say(_doubtful(found)),
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
