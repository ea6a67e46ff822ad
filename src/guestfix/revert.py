"""Take every apply back: the originals return to their places, and no trace of guestfix is left.

Only the first original of a file is kept, so all runs on a guest are taken back together; what the file was
between two runs cannot be had again.
"""

from __future__ import annotations

from guestfix import journal_store, undo
from guestfix.errors import Refused
from guestfix.facts.model import Model
from guestfix.guest.protocol import GuestReader, GuestWriter
from guestfix.journal import Entry, EntryKind, State, merged
from guestfix.readback import same_content, version
from guestfix.recovery import refuse_if_changed
from guestfix.untrusted import shown


class NothingToRevert(Refused):
    """No journal of guestfix is in this guest."""

    code = "GF-REVERT-NOTHING"


class OriginalLost(Refused):
    """An original is gone or was changed, so the file cannot be put back."""

    code = "GF-REVERT-ORIGINAL-LOST"


class Reverted(Model):
    """What `revert` did. Paths, in the order of the plan."""

    runs: int
    restored: tuple[str, ...]
    removed: tuple[str, ...]
    lost: tuple[str, ...] = ()
    """Left as they are, because their originals are gone (with `force` only)."""
    directories_kept: tuple[str, ...] = ()
    """Directories that apply made and that hold other files by now."""


def revert(guest: GuestWriter, *, force: bool = False, folder: str | None = None) -> Reverted:
    """Put back every original, remove what was created, restore flags, and remove the journals.

    `force` also where the guest changed a file since (its change is lost) and where an original is lost (the file
    stays as it is). Raises NothingToRevert, UnfinishedRun (call `recover` first), ChangedSince, OriginalLost,
    JournalImpossible, RestoreFailed and GuestIOError; killed anywhere, `recover` goes on with it.
    """
    folder = folder or journal_store.folder_of(guest)
    journals = journal_store.settled(guest, folder)
    if not journals:
        raise NothingToRevert(
            "guestfix has changed nothing in this guest",
            hint="its journal would be in " + folder,
        )
    whole = merged(journals)
    if not force:
        refuse_if_changed(guest, whole)
    lost = [entry for entry in whole.entries if _is_lost(guest, entry)]
    if lost and not force:
        raise OriginalLost(
            "the originals of these files are gone or changed: " + ", ".join(shown(entry.path) for entry in lost),
            hint="put them back from a backup; --force leaves these files as they are and reverts the others",
        )
    entries = tuple(entry for entry in whole.entries if entry not in lost)
    reverting = whole.model_copy(update={"state": State.REVERTING, "entries": entries})
    journal_store.write(guest, reverting, folder)
    kept = undo.take_back(guest, reverting, folder)
    return Reverted(
        runs=len(journals),
        restored=tuple(entry.path for entry in entries if entry.kind is not EntryKind.CREATED),
        removed=tuple(entry.path for entry in entries if entry.kind is EntryKind.CREATED),
        lost=tuple(entry.path for entry in lost),
        directories_kept=kept,
    )


def _is_lost(guest: GuestReader, entry: Entry) -> bool:
    if entry.before is None or entry.original is None:
        return False
    place = entry.path if guest.link_status(entry.original) is None else entry.original
    if guest.link_status(place) is None:
        return True
    return not same_content(version(guest, place), entry.before)
