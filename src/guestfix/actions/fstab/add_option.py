"""`add_option`: add a mount option to lines of fstab."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from guestfix.actions.fstab import FstabLine, lines
from guestfix.changes import Note
from guestfix.formats.fstab import Fstab
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.rules.conditions.condition import Condition, Over
from guestfix.untrusted import shown


class AddOption(Params):
    """Which option, on which lines, and why."""

    option: str = Field(description="One mount option, for example nofail", pattern=r"^[^\s,#]+$")
    where: Annotated[Condition, Over(FstabLine)] = Field(description="Which lines")
    because: str = Field(description="The reason, for the plan")


def run(document: Fstab, params: AddOption, scope: Scope, path: str) -> Edited[Fstab]:
    """Return fstab with the option at the end of the options of the chosen lines that lack it."""
    notes: list[Note] = []
    edited = document
    for number, entry, line in lines(document, scope):
        if params.option in entry.options or params.where.holds(scope, line) is not True:
            continue
        edited = edited.replace(number, entry.with_option(params.option))
        notes.append(Note(line=number, text=f"{shown(entry.spec)} gets {params.option}: {params.because}"))
    return Edited(edited, notes=tuple(notes), why_not=f"no line needs the option {params.option}")


ACTION = Step(summary="Add a mount option to lines", params=AddOption, run=run)
