"""Carry out a plan: keep the original, stage the new content, check it, rename it into place.

It knows nothing of rules. Whatever stops it, a killed process included, leaves a guest that is as it was, or that
the next run makes so (`recovery`): the journal is written first, no file is ever without a name that holds its
bytes, and each step can be taken back.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from pydantic import JsonValue

from guestfix import journal_store, originals, preflight, undo
from guestfix.changes import Change, Extended, HiveEdited, Whole
from guestfix.errors import GuestfixError
from guestfix.guest import paths
from guestfix.guest.protocol import GuestWriter
from guestfix.journal import Entry, FileAttributes, Journal, State
from guestfix.progress import Cancel, Progress
from guestfix.protections import Protections
from guestfix.readback import ReadBackFailed, difference

EVEN_SECONDS_NS: Final = 2_000_000_000
"""FAT keeps times in steps of two seconds; a new file's time is one that every file system can hold."""


def apply(
    guest: GuestWriter,
    changes: Sequence[Change],
    *,
    target: str,
    plan: str,
    details: JsonValue = None,
    folder: str | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Journal | None:
    """Carry out `changes` and return the journal, which is in the guest too; None if there was nothing to do.

    `plan` tells plans apart (a hash, an id), `details` is kept in the journal as it is, `folder` is where journals
    are kept, if not where `journal_store.folder_of` says. A run that fails or is cancelled is taken back before
    the error is raised. Raises UnfinishedRun (call `recover` first), what `preflight.prepare` raises,
    JournalImpossible, ReadBackFailed, Cancelled, GuestIOError.
    """
    if not changes:
        return None
    folder = folder or journal_store.folder_of(guest)
    earlier = journal_store.settled(guest, folder)
    began = now()
    even = int(began.timestamp()) * 1_000_000_000 // EVEN_SECONDS_NS * EVEN_SECONDS_NS
    prepared = preflight.prepare(guest, changes, earlier, folder=folder, now_ns=even)
    above = journal_store.prepare(guest, folder)
    journal = Journal(
        number=earlier[-1].number + 1 if earlier else 1,
        state=State.BEGUN,
        guestfix=own_version(),
        time=began.isoformat(timespec="seconds"),
        target=target,
        plan=plan,
        entries=prepared.entries,
        directories=tuple(dict.fromkeys((*above, *prepared.directories))),
        details=details,
    )
    run = _Run(guest, journal, folder, progress or Progress(), cancel or Cancel())
    try:
        run.carry_out({change.path: change for change in changes}, prepared.hives)
    except (GuestfixError, KeyboardInterrupt):
        begun = run.journal.model_copy(update={"state": State.BEGUN})
        if run.journal.state is not State.BEGUN:
            journal_store.write(guest, begun, folder)
        undo.take_back(guest, begun, folder)
        raise
    return run.journal if run.journal.state is State.DONE else finish(guest, run.journal, folder)


def own_version() -> str:
    """Return the version of guestfix that runs; it has none when it runs from a source tree."""
    try:
        return importlib.metadata.version("guestfix")
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def finish(guest: GuestWriter, journal: Journal, folder: str) -> Journal:
    """Do what is left once everything is in its place, and return the journal as it is then.

    The versions before this run go where an older original exists, and flags come back.
    """
    protections = Protections(guest, journal, folder)
    protections.lift_again()
    for entry in journal.entries:
        if entry.kept is not None and entry.kept != entry.original and guest.link_status(entry.kept) is not None:
            protections.permitted(entry.path, partial(guest.remove, entry.kept))
    protections.restore()
    done = protections.journal.model_copy(update={"state": State.DONE})
    journal_store.write(guest, done, folder)
    return done


class _Run:
    """One apply under way."""

    def __init__(
        self, guest: GuestWriter, journal: Journal, folder: str, progress: Progress, cancel: Cancel
    ) -> None:
        self._guest = guest
        self._folder = folder
        self._progress = progress
        self._cancel = cancel
        self._protections = Protections(guest, journal, folder)

    @property
    def journal(self) -> Journal:
        """The journal as it was last meant to be written."""
        return self._protections.journal

    def carry_out(self, changes: Mapping[str, Change], hives: Mapping[str, bytes]) -> None:
        """Do everything up to the point from which there is only forward. `hives`: what each will be, by path."""
        self._record(State.BEGUN)
        for path in self.journal.directories:
            if self._guest.link_status(path) is None:
                self._protections.permitted(path, partial(self._make_directory, path))
        for entry in self.journal.entries:
            self._cancel.check()
            self._progress.stage("write", entry.path)
            self._keep(entry)
            self._stage(entry, changes[entry.path], hives.get(entry.path, b""))
        self._guest.sync()
        self._cancel.check()
        self._progress.stage("put in place")
        for entry in self.journal.entries:
            self._protections.permitted(entry.path, partial(self._place, entry))
        self._guest.sync()
        untidy = any(entry.kept not in (None, entry.original) for entry in self.journal.entries)
        self._record(State.WRITTEN if untidy or self.journal.lifted else State.DONE)

    def _record(self, state: State) -> None:
        self._protections.journal = self.journal.model_copy(update={"state": state})
        journal_store.write(self._guest, self.journal, self._folder)

    def _make_directory(self, path: str) -> None:
        self._guest.make_directory(path, 0o755)
        if label := preflight.label_of(self._guest, paths.parent(path)):
            fresh = self._guest.attributes(path)
            kept = tuple(item for item in fresh.xattrs if item[0] != preflight.SELINUX)
            self._guest.set_attributes(path, dataclasses.replace(fresh, xattrs=(*kept, *label)))

    def _keep(self, entry: Entry) -> None:
        if entry.kept is None or entry.after is None:
            return
        # Without hard links nothing happens here, and `_place` renames.
        self._protections.permitted(entry.path, partial(self._guest.link, entry.path, entry.kept))

    def _stage(self, entry: Entry, change: Change, hive: bytes) -> None:
        if entry.after is None:
            return
        staged = originals.staged_path(entry.path)
        if isinstance(change.after, Extended):
            self._protections.permitted(entry.path, partial(self._guest.copy, entry.path, staged))
            self._guest.append(staged, change.after.tail)
        elif isinstance(change.after, Whole):
            self._protections.permitted(entry.path, partial(self._guest.write, staged, [change.after.data]))
        elif isinstance(change.after, HiveEdited):
            self._protections.permitted(entry.path, partial(self._guest.write, staged, [hive]))
        if entry.before is None:
            self._guest.set_attributes(staged, entry.after.attributes.value())
            entry = self._as_held(entry, staged)
        else:
            self._guest.copy_attributes(entry.path, staged)
        if what := difference(self._guest, staged, entry.after):
            raise ReadBackFailed.of([(staged, what)])

    def _as_held(self, entry: Entry, staged: str) -> Entry:
        """Return the entry of a new file with the attributes that its file system can hold (FAT has no modes)."""
        if entry.after is None:
            return entry
        held = FileAttributes.of(self._guest.attributes(staged))
        if held == entry.after.attributes:
            return entry
        after = entry.after.model_copy(update={"attributes": held})
        changed = entry.model_copy(update={"after": after})
        entries = tuple(changed if other is entry else other for other in self.journal.entries)
        self._protections.journal = self.journal.model_copy(update={"entries": entries})
        return changed

    def _place(self, entry: Entry) -> None:
        """Give the path its new file; may be begun anew."""
        if entry.kept is not None and self._guest.link_status(entry.kept) is None:
            # Moved aside, or no hard links: until the next rename the path is empty, and the journal says why.
            self._guest.rename(entry.path, entry.kept)
        if entry.after is not None:
            self._guest.rename(originals.staged_path(entry.path), entry.path)
