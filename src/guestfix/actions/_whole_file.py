"""One whole file as a verb wants it, unless the guest's own says so already or is to be kept."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from guestfix.changes import Note, Whole
from guestfix.registry import spelled
from guestfix.rules.action import Outcome, Params, Proposal, Scope
from guestfix.untrusted import shown


class WholeFileParams(Params):
    """Where the file goes, and how."""

    path: str = Field(pattern="^/", description="Path inside the guest; missing directories are made")
    line_ends: Literal["lf", "crlf"] = Field(default="lf", description="crlf for what Windows reads")
    mode: str = Field(
        default="0644", pattern="^0?[0-7]{3}$", description="Permission bits of a new file, in octal"
    )
    replace: bool = Field(
        default=False,
        description="Replace a file that is there with other content; its lines are lost but for the original",
    )
    because: str = Field(min_length=1, description="Why, for the plan")


def whole_file(params: WholeFileParams, content: str, scope: Scope) -> Outcome:
    """Return the file with this content, its line ends as asked for."""
    data = content.encode()
    if params.line_ends == "crlf":
        data = data.replace(b"\n", b"\r\n")
    path = spelled(scope.guest, params.path) if scope.facts.os.family == "windows" else params.path
    status = scope.guest.status(path)
    if status is not None:
        if status.size == len(data) and scope.guest.read(path, status.size) == data:
            return Outcome(why_not=f"{shown(path)} says so already")
        if not params.replace:
            return Outcome(why_not=f"{shown(path)} is there with other content, which is kept")
    notes = (Note(text=params.because),)
    return Outcome(proposals=(Proposal(path, Whole(data=data), notes, mode=int(params.mode, 8)),))
