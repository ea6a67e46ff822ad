"""`docs/findings.md`, and the page that `guestfix explain` shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from guestfix.changes import category_of
from guestfix.codes.model import Explanation
from guestfix.report.page import Fields, Page, Section, Words, say

_TOP: Final = """\
# Findings and errors

Made by `make docs` from the rules and the source; do not edit. A code is never given a second meaning, and never
renamed. `guestfix explain CODE` shows an entry; so does a message of VM Import/Export in place of the code.
A policy (`--policy`, see [policy.md](policy.md)) may waive a finding or change its severity; it has no power over
refusals and errors. `…` stands for what the guest has there.
"""

LONG: Final = 2000
"""Characters of one sentence that are shown."""


def markdown(known: Iterable[Explanation]) -> str:
    """Return the whole page; `known` is sorted by code."""
    return "\n".join(_lines(tuple(known))) + "\n"


def _lines(known: tuple[Explanation, ...]) -> Iterator[str]:
    yield _TOP
    aliases = sorted((alias, each.code) for each in known for alias in each.aliases)
    yield "## What VM Import/Export says, and our code for it"
    yield ""
    yield "| it says | code |"
    yield "|---|---|"
    for alias, code in aliases:
        yield f"| {_cell(alias)} | [{code}](#{code.lower()}) |"
    for area, entries in groupby(known, key=lambda each: category_of(each.code)):
        yield ""
        yield f"## {area}"
        for each in entries:
            yield ""
            yield f"### {each.code}"
            yield ""
            for title, text in _rows(each):
                yield f"- **{title}**: {_inline(text)}"


def page(explanation: Explanation) -> Page:
    """Return what `guestfix explain` shows of one code."""
    rows: list[tuple[str, Words]] = [(title, say(text, limit=LONG)) for title, text in _rows(explanation)]
    return (Section(say(explanation.code, "strong"), (Fields(tuple(rows)),)),)


def _rows(each: Explanation) -> Iterator[tuple[str, str]]:
    severities = ", ".join(word for word in each.severities if word)
    yield "kind", each.kind + (f": {severities}" if severities else "")
    for title, texts in (
        ("what", each.meaning),
        ("why it matters", each.why),
        ("do", each.remedies),
        ("VM Import says", each.aliases),
        ("said by", each.places),
    ):
        yield from ((title, text) for text in texts if text)


def _inline(text: str) -> str:
    for char in "\\`*_<[":
        text = text.replace(char, "\\" + char)
    return text.replace("\n", " ")


def _cell(text: str) -> str:
    return _inline(text).replace("|", "\\|")
