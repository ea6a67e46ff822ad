"""`use_utc`: say that the hardware clock counts in UTC."""

from __future__ import annotations

from guestfix.changes import Note
from guestfix.formats.lines import Line
from guestfix.rules.action import Edited, Params, Scope, Step


class UseUtc(Params):
    """It has no parameters."""


def run(document: tuple[Line, ...], params: UseUtc, scope: Scope, path: str) -> Edited[tuple[Line, ...]]:
    """Return the file whose third line is UTC instead of LOCAL; drift and times of adjustment stay."""
    if len(document) < 3 or document[2].text.strip() != "LOCAL":
        return Edited(document, why_not="the clock counts in UTC already")
    edited = (*document[:2], Line("UTC", document[2].ending), *document[3:])
    return Edited(
        edited, notes=(Note(line=3, text="the clock of the new platform counts in UTC, not local time"),)
    )


ACTION = Step(summary="Say that the hardware clock counts in UTC", params=UseUtc, run=run)
