"""`limit`: bound a number that a variable holds."""

from __future__ import annotations

import re

from pydantic import Field

from guestfix.changes import Note
from guestfix.formats.shell_variables import ShellVariables
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown


class Limit(Params):
    """Which variable, and how large it may be."""

    name: str = Field(description="The variable", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    at_most: int = Field(
        description="The largest value to leave; -1 in the file means for ever, and is bounded too"
    )
    because: str = Field(default="", description="The reason, for the plan")


def run(document: ShellVariables, params: Limit, scope: Scope, path: str) -> Edited[ShellVariables]:
    """Return the file in which the variable is at most that; one that is not set stays so."""
    value = document.get(params.name)
    if value is None or not re.fullmatch(r"-?[0-9]{1,9}", value):
        return Edited(document, why_not=f"{params.name} holds no number")
    if 0 <= int(value) <= params.at_most:
        return Edited(document, why_not=f"{params.name} is {value}, which is short enough")
    because = f": {params.because}" if params.because else ""
    return Edited(
        document.with_value(params.name, str(params.at_most)),
        notes=(Note(text=f"{params.name} was {shown(value)}, becomes {params.at_most}{because}"),),
    )


ACTION = Step(summary="Bound a number that a variable holds", params=Limit, run=run)
