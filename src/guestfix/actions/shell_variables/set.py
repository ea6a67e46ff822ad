"""`set`: give a variable a value."""

from __future__ import annotations

from pydantic import Field

from guestfix.changes import Note
from guestfix.formats.shell_variables import ShellVariables
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown


class Set(Params):
    """Which variable, and its value."""

    name: str = Field(description="The variable", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    value: str = Field(description="Its value, without quotes")
    only_if_assigned: bool = Field(default=False, description="Leave a file alone that does not assign it")
    because: str = Field(default="", description="The reason, for the plan")


def run(document: ShellVariables, params: Set, scope: Scope, path: str) -> Edited[ShellVariables]:
    """Return the file in which the variable ends with this value; quotes and place stay."""
    if params.only_if_assigned and not document.is_assigned(params.name):
        return Edited(document, why_not=f"{params.name} is not assigned")
    edited = document.with_value(params.name, params.value)
    if edited == document:
        return Edited(document, why_not=f"{params.name} is {params.value} already")
    old = document.get(params.name)
    was = "not set" if old is None else f'"{shown(old)}"'
    because = f": {params.because}" if params.because else ""
    return Edited(edited, notes=(Note(text=f"{params.name} was {was}, becomes {params.value}{because}"),))


ACTION = Step(summary="Give a variable a value", params=Set, run=run)
