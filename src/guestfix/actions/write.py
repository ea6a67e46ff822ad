"""`write`: put a file there whose whole content the rule knows."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from guestfix.changes import Note, Whole
from guestfix.rules.action import Outcome, Params, Proposal, Scope, Verb
from guestfix.untrusted import shown


class WriteParams(Params):
    """A file and its content."""

    path: str = Field(pattern="^/", description="Path inside the guest; missing directories are made")
    content: str = Field(description="The whole file, as UTF-8")
    line_ends: Literal["lf", "crlf"] = Field(default="lf", description="crlf for what Windows reads")
    mode: str = Field(
        default="0644", pattern="^0?[0-7]{3}$", description="Permission bits of a new file, in octal"
    )
    replace: bool = Field(
        default=False,
        description="Replace a file that is there with other content; its lines are lost but for the original",
    )
    because: str = Field(min_length=1, description="Why, for the plan")


def _run(params: WriteParams, scope: Scope) -> Outcome:
    data = params.content.encode()
    if params.line_ends == "crlf":
        data = data.replace(b"\n", b"\r\n")
    status = scope.guest.status(params.path)
    if status is not None:
        if status.size == len(data) and scope.guest.read(params.path, status.size) == data:
            return Outcome(why_not=f"{shown(params.path)} says so already")
        if not params.replace:
            return Outcome(why_not=f"{shown(params.path)} is there with other content, which is kept")
    notes = (Note(text=params.because),)
    return Outcome(proposals=(Proposal(params.path, Whole(data=data), notes, mode=int(params.mode, 8)),))


ACTION = Verb("Write a whole file", WriteParams, _run)
