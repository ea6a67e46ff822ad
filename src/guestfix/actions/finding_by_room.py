"""`finding_by_room`: tell a person something where a file system has too little room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from guestfix.actions.finding import FindingHere, here
from guestfix.changes import Change, Evidence, Extended, Whole
from guestfix.facts.model import Room
from guestfix.room import JOURNAL_ENTRY, SLACK, in_blocks
from guestfix.rules.action import Outcome, Scope, Verb


class FindingByRoom(FindingHere):
    """What there is to tell, and how much room has to be left when the plan is carried out."""

    at: tuple[str, ...] = Field(
        default=(), description="Paths of file systems that have to be mounted there; none: all of them"
    )
    spare: int = Field(default=0, ge=0, description="Bytes that have to be left")
    spare_inodes: int = Field(default=0, ge=0, description="Files that it has to be possible to make still")


@dataclass(frozen=True, slots=True)
class _Need:
    size: int = 0
    inodes: int = 0


def _run(params: FindingByRoom, scope: Scope) -> Outcome:
    rooms, changes = scope.facts.room, scope.changes
    lacking: list[Evidence] = []
    for room in rooms:
        if params.at and room.path not in params.at:
            continue
        need = _need(room, rooms, changes)
        left = room.usable - need.size
        inodes_left = None if room.inodes is None else room.inodes - need.inodes
        if left < params.spare or (inodes_left is not None and inodes_left < params.spare_inodes):
            lacking.append(Evidence(path=room.path, value=_said(room, need)))
    if lacking:
        return Outcome(findings=(here(params, scope, (*params.evidence, *lacking)),))
    return Outcome(why_not="there is room")


def _need(room: Room, rooms: Sequence[Room], changes: Sequence[Change]) -> _Need:
    """What of `changes` comes to lie in `room`; nothing if none does. An original has its blocks."""
    sizes = [
        _size(change) for change in changes if change.after is not None and _holder(change.path, rooms) is room
    ]
    if not sizes:
        return _Need()
    # The journal is in the root or in /var; where it is matters little, and it is reckoned everywhere.
    journal = 2 * JOURNAL_ENTRY * (len(changes) + 1)
    return _Need(sum(map(in_blocks, sizes)) + journal + SLACK, len(sizes) + 2)


def _holder(path: str, rooms: Sequence[Room]) -> Room | None:
    holding = [room for room in rooms if path.startswith(room.path.rstrip("/") + "/")]
    return max(holding, key=lambda room: len(room.path), default=None)


def _size(change: Change) -> int:
    if isinstance(change.after, Whole):
        return len(change.after.data)
    before = change.before.size if change.before else 0
    return before + (len(change.after.tail) if isinstance(change.after, Extended) else 0)


def _said(room: Room, need: _Need) -> str:
    inodes = "" if room.inodes is None else f" and {room.inodes} files"
    said = f"{_mib(room.usable)}{inodes} to use"
    return f"{said}; the plan takes {_mib(need.size)} and {need.inodes} files of it" if need.inodes else said


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB"


ACTION = Verb(
    "Tell a person something where a file system has too little room for what this plan writes and what has to be"
    " left",
    FindingByRoom,
    _run,
)
