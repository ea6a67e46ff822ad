"""An error that reads like advice: what is wrong, its code, and the next step."""

from __future__ import annotations

from collections.abc import Iterator

from guestfix.errors import GuestfixError
from guestfix.report.page import Line, Page, Words, say

SENTENCE = 2000
"""Characters of one line of a message that are shown."""


def error_page(error: GuestfixError) -> Page:
    """Return `error: MESSAGE [CODE]` and, if there is one, `next: HINT` below it.

    A message of several lines (all mistakes of a rule file) keeps its lines; the code ends the first.
    """
    first, *more = error.message.split("\n")
    head = say("error: ", "bad") + say(first, limit=SENTENCE) + say(f" [{error.code}]", "dim")
    return (Line(head), *_indented("", "\n".join(more)), *_indented("next: ", error.hint))


def _indented(label: str, text: str) -> Iterator[Line]:
    for number, line in enumerate(text.split("\n") if text else ()):
        lead: Words = say("  " + (label if number == 0 else " " * len(label)), "strong")
        yield Line(lead + say(line, limit=SENTENCE))
