"""`disable`: turn lines of fstab into comments that say why."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from guestfix.actions.fstab import FstabLine, lines
from guestfix.changes import Note
from guestfix.formats.fstab import Fstab
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.rules.conditions.condition import Condition, Over
from guestfix.untrusted import shown


class Disable(Params):
    """Which lines, and why."""

    where: Annotated[Condition, Over(FstabLine)] = Field(description="Which lines")
    because: str = Field(description="The reason, for the comment above the line and for the plan")


def run(document: Fstab, params: Disable, scope: Scope, path: str) -> Edited[Fstab]:
    """Return fstab with the chosen lines commented out and one note each."""
    chosen = {
        number: entry for number, entry, line in lines(document, scope) if params.where.holds(scope, line) is True
    }
    if not chosen:
        return Edited(document, why_not="no line is to be switched off")
    return Edited(
        document.disable(chosen, params.because),
        notes=tuple(
            Note(line=number, text=f"{shown(entry.spec)} on {shown(entry.file)} is switched off: {params.because}")
            for number, entry in chosen.items()
        ),
    )


ACTION = Step(summary="Turn lines into comments that say why", params=Disable, run=run)
