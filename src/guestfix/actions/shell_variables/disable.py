"""`disable`: turn assignments into comments."""

from __future__ import annotations

from pydantic import Field

from guestfix.changes import Note
from guestfix.formats.shell_variables import ShellVariables
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown


class Disable(Params):
    """Which variables, and why."""

    names: tuple[str, ...] = Field(min_length=1, description="The variables")
    because: str = Field(min_length=1, description="Why, for the plan")


def run(document: ShellVariables, params: Disable, scope: Scope, path: str) -> Edited[ShellVariables]:
    """Return the file with the assignments as comments."""
    found = [name for name in params.names if name in document.names and document.get(name) != ""]
    if not found:
        return Edited(document, why_not=f"{shown(path)} sets none of {', '.join(params.names)}")
    said = (f'{name} ("{shown(document.get(name) or "")}")' for name in found)
    note = Note(text=f"{', '.join(said)} is switched off: {params.because}")
    return Edited(document.comment_out(found), notes=(note,))


ACTION = Step(summary="Turn assignments into comments", params=Disable, run=run)
