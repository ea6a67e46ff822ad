"""`move_aside`: keep a file, under a name that nothing reads."""

from __future__ import annotations

from pydantic import Field

from guestfix.changes import Note
from guestfix.guest.protocol import Kind
from guestfix.rules.action import Outcome, Params, Proposal, Scope, Verb
from guestfix.rules.paths import matching
from guestfix.untrusted import shown


class MoveAsideParams(Params):
    """Which files, and why."""

    paths: tuple[str, ...] = Field(
        min_length=1, description="Paths inside the guest; `*`, `?` and [...] within a component"
    )
    because: str = Field(min_length=1, description="Why, for the plan")


def _run(params: MoveAsideParams, scope: Scope) -> Outcome:
    found = {
        path: None
        for pattern in params.paths
        for path in matching(scope.guest, pattern)
        if (status := scope.guest.status(path)) is not None and status.kind is not Kind.DIRECTORY
    }
    if not found:
        return Outcome(why_not=f"{', '.join(shown(pattern) for pattern in params.paths)}: absent")
    notes = (Note(text=params.because),)
    return Outcome(proposals=tuple(Proposal(path, None, notes) for path in found))


ACTION = Verb("Move files aside; the kept original is the file", MoveAsideParams, _run)
