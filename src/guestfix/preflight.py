"""What must hold before the first byte is written: the guest is as planned, the names are free, there is room."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from guestfix import originals
from guestfix.changes import Change, HiveEdited, Whole
from guestfix.errors import InternalError, Refused
from guestfix.guest import paths
from guestfix.guest.errors import NoSpace, ReadOnlyFileSystem
from guestfix.guest.protocol import GuestReader, Kind, Space, chunks
from guestfix.journal import Entry, EntryKind, FileAttributes, Journal, Version, merged
from guestfix.journal_store import missing_directories
from guestfix.registry.editor import edited
from guestfix.registry.opening import clean_bytes, raw_bytes
from guestfix.room import JOURNAL_ENTRY, SLACK, in_blocks
from guestfix.untrusted import shown

SELINUX: Final = "security.selinux"


class GuestChanged(Refused):
    """The guest does not hold the bytes that the plan was made from."""

    code = "GF-APPLY-GUEST-CHANGED"


class NameTaken(Refused):
    """A name that apply needs is taken by something that no journal speaks of."""

    code = "GF-APPLY-NAME-TAKEN"


class OriginalMissing(Refused):
    """An earlier run kept an original that is gone."""

    code = "GF-APPLY-ORIGINAL-MISSING"


class BadChange(InternalError):
    """A plan holds a change that no plan can hold."""

    code = "GF-APPLY-BAD-CHANGE"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What will be done."""

    entries: tuple[Entry, ...]
    directories: tuple[str, ...]
    """Directories to be made for new files, parents first."""

    hives: Mapping[str, bytes]
    """Each hive that is edited, as it will be, by its path: reading it once more would take a second or two."""


def prepare(
    guest: GuestReader, changes: Sequence[Change], earlier: Sequence[Journal], *, folder: str, now_ns: int
) -> Prepared:
    """Check everything that can be known beforehand; nothing is written.

    `earlier` are the journals of this guest, oldest first. All that stands in the way is reported at once. Raises
    GuestChanged, NameTaken, OriginalMissing, NoSpace, ReadOnlyFileSystem, BadChange and what reading raises.
    """
    known = {entry.path: entry for entry in merged(earlier).entries} if earlier else {}
    _check_form(changes)
    entries: list[Entry] = []
    hives: dict[str, bytes] = {}
    problems: list[str] = []
    for change in changes:
        _check_names(guest, change, known.get(change.path))
        try:
            entries.append(_entry(guest, change, known.get(change.path), now_ns, hives))
        except GuestChanged as error:
            problems.append(error.message)
    if problems:
        raise GuestChanged("; ".join(problems), hint="something changed since the plan was made: plan again")
    directories = tuple(
        dict.fromkeys(
            path
            for entry in entries
            if entry.before is None
            for path in missing_directories(guest, paths.parent(entry.path))
        )
    )
    check_space(guest, entries, directories, folder)
    return Prepared(tuple(entries), directories, hives)


def _check_form(changes: Sequence[Change]) -> None:
    seen: set[str] = set()
    for change in changes:
        shown_path = shown(change.path)
        if not paths.is_plain(change.path):
            raise BadChange(f"{shown_path} is not an absolute path in its shortest form")
        if change.path in seen:
            raise BadChange(f"{shown_path} is changed twice in one plan")
        seen.add(change.path)
        if change.before is None and not isinstance(change.after, Whole):
            raise BadChange(f"{shown_path} is new and has no content")


def _check_names(guest: GuestReader, change: Change, known: Entry | None) -> None:
    path = change.path
    if not originals.fits(path):
        raise NameTaken(
            f"the name of {shown(path)} is too long to keep an original beside it",
            hint="skip the rule that edits it",
        )
    parent = paths.parent(path)
    missing = missing_directories(guest, parent)
    there = paths.parent(missing[0]) if missing else parent
    status = guest.link_status(there)
    if guest.resolve(there) != there or status is None or status.kind is not Kind.DIRECTORY:
        raise GuestChanged(f"{shown(there)} is not the directory that it was", hint="plan again")
    taken = [originals.staged_path(path), originals.previous_path(path)]
    original = originals.original_path(path)
    kept = known is not None and known.original is not None
    if not kept:
        taken.append(original)
    elif guest.link_status(original) is None:
        raise OriginalMissing(
            f"{shown(original)}, the original that an earlier run kept, is gone",
            hint="put it back from a backup; `guestfix revert --force` forgets it together with the run",
        )
    for name in taken:
        if guest.link_status(name) is not None:
            raise NameTaken(
                f"{shown(name)} exists, and no journal of guestfix speaks of it",
                hint="look at it, then remove or rename it",
            )


def _entry(guest: GuestReader, change: Change, known: Entry | None, now_ns: int, hives: dict[str, bytes]) -> Entry:
    path = change.path
    status = guest.link_status(path)
    if change.before is None:
        if status is not None:
            raise GuestChanged(f"{shown(path)} exists now")
        return Entry(
            path=path,
            kind=EntryKind.CREATED,
            before=None,
            after=_created(guest, change, now_ns),
            original=known.original if known else None,
            makes_original=False,
        )
    if status is None or status.kind is not Kind.FILE:
        raise GuestChanged(f"{shown(path)} is {'gone' if status is None else 'no regular file now'}")
    if status.size != change.before.size:
        raise GuestChanged(f"{shown(path)} has another size now")
    before, after = _versions(guest, change, hives)
    if before.sha256 != change.before.sha256:
        raise GuestChanged(f"{shown(path)} holds something else now")
    return Entry(
        path=path,
        kind=EntryKind.MOVED_ASIDE if after is None else EntryKind.REPLACED,
        before=before,
        after=after,
        # What an earlier run made has no original: what was there first is that there was nothing.
        original=known.original if known else originals.original_path(path),
        makes_original=known is None,
    )


def _versions(guest: GuestReader, change: Change, hives: dict[str, bytes]) -> tuple[Version, Version | None]:
    """Return the versions before and after; the file is read once and in pieces, and only a hive is held whole.

    What a hive will be is put into `hives`.
    """
    hive = raw_bytes(guest, change.path) if isinstance(change.after, HiveEdited) else None
    attributes = FileAttributes.of(guest.attributes(change.path))
    digest = hashlib.sha256()
    size = 0
    for piece in chunks(guest, change.path) if hive is None else [hive]:
        digest.update(piece)
        size += len(piece)
    before = Version(size=size, sha256=digest.hexdigest(), attributes=attributes)
    if change.after is None:
        return before, None
    if isinstance(change.after, Whole):
        data = change.after.data
        return before, Version(size=len(data), sha256=hashlib.sha256(data).hexdigest(), attributes=attributes)
    if isinstance(change.after, HiveEdited):
        data = edited(clean_bytes(guest, change.path, change.after.logs, hive), change.after.operations)
        hives[change.path] = data
        return before, Version(size=len(data), sha256=hashlib.sha256(data).hexdigest(), attributes=attributes)
    digest.update(change.after.tail)
    return before, Version(size=size + len(change.after.tail), sha256=digest.hexdigest(), attributes=attributes)


def _created(guest: GuestReader, change: Change, now_ns: int) -> Version:
    if not isinstance(change.after, Whole):
        raise BadChange(f"{shown(change.path)} is new and has no content")
    missing = missing_directories(guest, paths.parent(change.path))
    label = label_of(guest, paths.parent(missing[0]) if missing else paths.parent(change.path))
    data = change.after.data
    return Version(
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        attributes=FileAttributes(uid=0, gid=0, mode=change.mode, atime_ns=now_ns, mtime_ns=now_ns, xattrs=label),
    )


def label_of(guest: GuestReader, directory: str) -> tuple[tuple[str, bytes], ...]:
    """Return the SELinux label that a new file in `directory` gets: the directory's own.

    That is what the kernel does where no transition rule says otherwise (security_transition_sid); a sibling's may
    be a special one, as /etc/shadow's is.
    """
    return tuple((name, value) for name, value in guest.attributes(directory).xattrs if name == SELINUX)


@dataclass(slots=True)
class _Need:
    space: Space
    size: int = SLACK
    inodes: int = 0
    paths: list[str] = field(default_factory=list)

    def add(self, size: int, path: str) -> None:
        self.size += in_blocks(size, self.space.block_size)
        self.inodes += 1
        self.paths.append(path)


def check_space(guest: GuestReader, entries: Sequence[Entry], directories: Sequence[str], folder: str) -> None:
    """Raise NoSpace or ReadOnlyFileSystem if `entries` cannot be written.

    An original costs nothing: it is the old file under one more name, or under another. The new content lies
    beside the old, so its whole size is needed.
    """
    needs: dict[int, _Need] = {}
    for path, size in _pieces(entries, directories, folder):
        missing = missing_directories(guest, paths.parent(path))
        there = paths.parent(missing[0]) if missing else paths.parent(path)
        status = guest.status(there)
        if status is None:
            raise GuestChanged(f"{shown(there)} leads nowhere", hint="plan again")
        if status.device not in needs:
            needs[status.device] = _Need(guest.space(there))
        needs[status.device].add(size, path)
    for need in needs.values():
        space, example = need.space, shown(need.paths[0])
        if space.read_only:
            raise ReadOnlyFileSystem(
                f"the file system of {example} can only be read",
                hint="a file system that was not cleanly unmounted or has errors is checked with fsck first",
            )
        usable = space.usable_bytes
        if need.size > usable:
            raise NoSpace(
                f"the file system of {example} has {usable} bytes to use and {need.size} are needed",
                hint="free space in the guest or enlarge its disk; nothing was changed",
            )
        if space.total_inodes and need.inodes > space.free_inodes:
            raise NoSpace(
                f"the file system of {example} has {space.free_inodes} inodes free and {need.inodes} are needed",
                hint="remove files in the guest; nothing was changed",
            )


def _pieces(entries: Sequence[Entry], directories: Sequence[str], folder: str) -> Iterator[tuple[str, int]]:
    for entry in entries:
        if entry.after is not None:
            yield entry.path, entry.after.size
    for directory in directories:
        yield directory, 1
    # The journal, and its next version beside it.
    for name in ("0001.json", "0002.json"):
        yield paths.join(folder, name), JOURNAL_ENTRY * (len(entries) + 1)
