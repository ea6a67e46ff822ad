"""Put back what a run changed: used when `apply` fails, when a killed run is found, and by `revert`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from guestfix import journal_store, originals
from guestfix.errors import Refused
from guestfix.guest.errors import GuestIOError
from guestfix.guest.protocol import GuestReader, GuestWriter
from guestfix.journal import Entry, Journal, State
from guestfix.protections import Protections
from guestfix.readback import difference
from guestfix.untrusted import shown


class RestoreFailed(Refused):
    """Some files could not be put back; the journal stays, and the next try goes on from here."""

    code = "GF-RESTORE-FAILED"


def take_back(guest: GuestWriter, journal: Journal, folder: str) -> tuple[str, ...]:
    """Put everything back that `journal` speaks of, last in, first out, and forget it.

    The journal must be in the guest, in state `begun` or `reverting`. Goes on after a failure. Returns directories
    that the run made and that hold something else by now: they stay. Raises RestoreFailed, naming every failure.
    """
    if journal.state is State.REVERTING:
        # It speaks for the older ones too (journal.merged).
        journal_store.remove_all_but(guest, journal.number, folder)
    protections = Protections(guest, journal, folder)
    protections.lift_again()
    failures: list[str] = []
    for entry in reversed(journal.entries):
        try:
            protections.permitted(entry.path, partial(restore, guest, entry))
        except GuestIOError as error:
            failures.append(f"{shown(entry.path)}: {error.message}")
    if failures:
        protections.restore()
        guest.sync()
        raise RestoreFailed(
            "not everything could be put back: " + "; ".join(failures),
            hint="the originals are where they were; remove what is in the way and try again",
        )
    # Those that hold the journal go after it.
    above = [path for path in journal.directories if folder.startswith(f"{path}/")]
    stay = _remove_directories(guest, protections, [path for path in journal.directories if path not in above])
    protections.restore()
    guest.sync()
    journal_store.remove(guest, journal.number, folder)
    journal_store.clear(guest, folder)
    for path in reversed(above):
        if not guest.names(path):
            guest.remove_directory(path)
    guest.sync()
    return stay


def restore(guest: GuestWriter, entry: Entry) -> None:
    """Put the version before the run back in its place, if it is not there yet; what else the run made goes.

    The kept version is the very file that was there: its inode, owner, times, labels and hard links come back with
    it. May be called again after it was interrupted anywhere.
    """
    if entry.before is None or entry.kept is None:
        if guest.link_status(entry.path) is not None:
            guest.remove(entry.path)
    else:
        _put_back(guest, entry.kept, entry.path)
        attributes = entry.before.attributes.value()
        if guest.attributes(entry.path) != attributes:
            guest.set_attributes(entry.path, attributes)
    # Last: until then it says that the run was under way (`_between_renames`).
    staged = originals.staged_path(entry.path)
    if guest.link_status(staged) is not None:
        guest.remove(staged)


def _put_back(guest: GuestWriter, kept: str, path: str) -> None:
    """Give the file `kept` its name `path` again; nothing to do if that was done before."""
    found = guest.link_status(kept)
    if found is None:
        return
    now = guest.link_status(path)
    if now is not None and (now.device, now.inode) == (found.device, found.inode):
        # rename(2) does nothing with two names of one inode, and says that all is well.
        guest.remove(kept)
    else:
        guest.rename(kept, path)


def changed_since(guest: GuestReader, journal: Journal) -> tuple[tuple[str, str], ...]:
    """Return the paths, and in what, that are neither as before the run nor as after it: somebody changed them.

    Content, owner, mode and extended attributes count, times do not.
    """
    found: list[tuple[str, str]] = []
    for entry in journal.entries:
        if _between_renames(guest, entry):
            continue
        what = difference(guest, entry.path, entry.after, times=False)
        if what and difference(guest, entry.path, entry.before, times=False):
            found.append((entry.path, what))
    return tuple(found)


def _between_renames(guest: GuestReader, entry: Entry) -> bool:
    """Whether a run without hard links was killed after it had made room and before it filled it."""
    return (
        entry.before is not None
        and guest.link_status(entry.path) is None
        and guest.link_status(originals.staged_path(entry.path)) is not None
    )


def _remove_directories(
    guest: GuestWriter, protections: Protections, directories: Sequence[str]
) -> tuple[str, ...]:
    """Remove these directories, deepest first; return those that are not empty."""
    stay: list[str] = []
    for path in reversed(directories):
        if guest.link_status(path) is None:
            continue
        if guest.names(path):
            stay.append(path)
        else:
            protections.permitted(path, partial(guest.remove_directory, path))
    return tuple(stay)
