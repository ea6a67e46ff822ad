"""`unset`: take variables out of GRUB's environment block."""

from __future__ import annotations

from pydantic import Field

from guestfix.changes import Note
from guestfix.formats.grubenv import Grubenv
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown


class Unset(Params):
    """Which variables, and why."""

    names: tuple[str, ...] = Field(min_length=1, description="The variables")
    because: str = Field(min_length=1, description="The reason, for the plan")


def run(document: Grubenv, params: Unset, scope: Scope, path: str) -> Edited[Grubenv]:
    """Return the block without these variables; it keeps its 1024 bytes."""
    notes: list[Note] = []
    edited = document
    for name in params.names:
        value = document.get(name)
        if value:
            edited = edited.unset(name)
            notes.append(Note(text=f"{name}={shown(value)} is unset: {params.because}"))
    return Edited(edited, tuple(notes), why_not=f"{' and '.join(params.names)}: not set")


ACTION = Step(summary="Take variables out of GRUB's environment block", params=Unset, run=run)
