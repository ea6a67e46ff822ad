"""Deal with a run that was killed: nothing else is done to a guest before its last run is whole or undone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from guestfix import journal_store, undo
from guestfix.apply import finish
from guestfix.errors import Refused
from guestfix.guest.protocol import GuestWriter
from guestfix.journal import Journal, State
from guestfix.untrusted import shown


class ChangedSince(Refused):
    """Files that guestfix wrote were changed in the guest since; taking the run back would lose that."""

    code = "GF-REVERT-CHANGED"


class Action(StrEnum):
    """What was done about a killed run."""

    CLEARED = "cleared"
    """It had not begun: an empty journal directory was removed."""
    TAKEN_BACK = "taken back"
    FINISHED = "finished"
    """Everything was in its place already."""
    REVERTED = "reverted"
    """It was a `revert`."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was done, and about which run."""

    action: Action
    journal: Journal | None


def recover(guest: GuestWriter, *, force: bool = False, folder: str | None = None) -> Recovery | None:
    """Take back a killed apply, or finish one whose files were all in place, or a killed revert.

    To be called before facts are collected, as what they say may change. None: there was nothing to do. Raises
    ChangedSince if the guest ran in between and changed one of the files (`force` takes it back all the same),
    JournalDamaged, RestoreFailed, GuestIOError.
    """
    folder = folder or journal_store.folder_of(guest)
    journals = journal_store.read_all(guest, folder)
    if not journals or journals[-1].state is State.DONE:
        cleared = journal_store.clear(guest, folder)
        return Recovery(Action.CLEARED, None) if cleared else None
    last = journals[-1]
    if last.state is State.WRITTEN:
        return Recovery(Action.FINISHED, finish(guest, last, folder))
    if last.state is State.BEGUN and not force:
        refuse_if_changed(guest, last)
    undo.take_back(guest, last, folder)
    return Recovery(Action.REVERTED if last.state is State.REVERTING else Action.TAKEN_BACK, last)


def refuse_if_changed(guest: GuestWriter, journal: Journal) -> None:
    """Raise ChangedSince if a file of `journal` is neither as it was before nor as it was written."""
    if found := undo.changed_since(guest, journal):
        raise ChangedSince(
            "changed in the guest since guestfix wrote it: "
            + "; ".join(f"{shown(path)} ({what})" for path, what in found),
            hint="look at the files; --force puts back the originals all the same",
        )
