"""Findings for a person: what is the matter, why it matters, what to do, where it was seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from guestfix.changes import Decision, Evidence, Finding, Severity
from guestfix.report.page import Fields, Line, Page, Section, Words, say
from guestfix.report.wording import SEVERITY_STYLE

SENTENCE = 1000
"""Characters of one sentence that are shown."""

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.INFO)


def findings_page(findings: Iterable[Finding]) -> Page:
    """Return one section for each finding, errors first, waived ones last, otherwise in their order."""
    return tuple(Section(_title(finding), (Fields(tuple(_rows(finding))),)) for finding in _ranked(findings))


def findings_short(findings: Iterable[Finding]) -> Page:
    """Return a line for each finding, and what to do about those that ask for it; in the same order."""
    return tuple(_short(finding) for finding in _ranked(findings))


def _ranked(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (finding.waived is not None, _ORDER.index(finding.severity)))


def _short(finding: Finding) -> Section | Line:
    if finding.waived is not None or finding.severity is Severity.INFO:
        return Line(_title(finding))
    return Section(_title(finding), (Fields((("do", say(finding.remedy, limit=SENTENCE)),)),))


def _title(finding: Finding) -> Words:
    style = SEVERITY_STYLE[finding.severity] if finding.waived is None else "dim"
    return (
        say(finding.severity.value + ("" if finding.waived is None else ", waived"), style)
        + say(": ")
        + say(finding.message, limit=SENTENCE)
        + say(f" [{finding.code}]", "dim")
    )


def _rows(finding: Finding) -> Iterator[tuple[str, Words]]:
    yield "why", say(finding.why, limit=SENTENCE)
    yield "do", say(finding.remedy, limit=SENTENCE)
    for evidence in finding.evidence:
        yield "seen", _seen(evidence)
    for word, decision in (("waived", finding.waived), ("adjusted", finding.adjusted)):
        if decision is not None:
            yield word, _decided(decision)
    if finding.rule:
        yield "rule", say(finding.rule, "dim")


def _decided(decision: Decision) -> Words:
    until = f" until {decision.until.isoformat()}" if decision.until else ""
    return say(decision.reason, limit=SENTENCE) + say(
        f" ({decision.policy}{until}; {decision.was.value} without it)", "dim", limit=SENTENCE
    )


def _seen(evidence: Evidence) -> Words:
    line = f":{evidence.line}" if evidence.line is not None else ""
    value = say(f": {evidence.value}") if evidence.value else ()
    return say(evidence.path + line, limit=SENTENCE) + value
