"""`allow_serial`: let root log in on the target's serial lines."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions._serial import serial_lines
from guestfix.changes import Note
from guestfix.formats.securetty import Securetty
from guestfix.rules.action import Edited, Params, Scope, Step


class AllowSerial(Params):
    """Where."""

    consoles: tuple[str, ...] = Field(description="Values of console=; the serial lines among them are added")


def run(document: Securetty, params: AllowSerial, scope: Scope, path: str) -> Edited[Securetty]:
    """Return the list with the serial lines that are not in it; an empty list locks root out, and stays."""
    if not document.terminals:
        return Edited(document, why_not="root may log in on no terminal at all")
    edited = document
    notes: list[Note] = []
    for terminal, _ in serial_lines(params.consoles):
        if terminal not in document.terminals:
            edited = edited.with_terminal(terminal)
            notes.append(Note(text=f"root may log in on {terminal}, the target's console"))
    return Edited(edited, tuple(notes), why_not="the target's serial lines are in it")


ACTION = Step(summary="Let root log in on the target's serial lines", params=AllowSerial, run=run)
