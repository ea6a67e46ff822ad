"""Read what a guest holds and compare it with what it should hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Self

from guestfix import originals
from guestfix.errors import Refused
from guestfix.guest.protocol import Attributes, GuestReader, Kind, chunks
from guestfix.journal import FileAttributes, Journal, Version
from guestfix.untrusted import shown


class ReadBackFailed(Refused):
    """The guest does not hold what was written to it."""

    code = "GF-APPLY-READ-BACK"

    @classmethod
    def of(cls, differences: Iterable[tuple[str, str]]) -> Self:
        """Return the error for these differences: path, and in what."""
        return cls(
            "the guest does not hold what was written: "
            + "; ".join(f"{shown(path)}: {what}" for path, what in differences),
            hint="nothing is left half done; look for errors of the guest's disk or of this host's storage",
        )


def version(guest: GuestReader, path: str) -> Version:
    """Return what the regular file `path` is now. Raises FileMissing, NotAFile."""
    attributes = guest.attributes(path)
    digest = hashlib.sha256()
    size = 0
    for piece in chunks(guest, path):
        digest.update(piece)
        size += len(piece)
    return Version(size=size, sha256=digest.hexdigest(), attributes=FileAttributes.of(attributes))


def same_content(one: Version, other: Version) -> bool:
    """Whether both have the same bytes."""
    return (one.size, one.sha256) == (other.size, other.sha256)


def difference(guest: GuestReader, path: str, expected: Version | None, *, times: bool = True) -> str:
    """Say how `path` differs from `expected`, or '' if it does not.

    Access times are never compared: reading changes them. `times` False leaves out the time of the last change,
    which a guest may touch without meaning anything.
    """
    status = guest.link_status(path)
    if expected is None:
        return "" if status is None else "it exists and should not"
    if status is None:
        return "it is missing"
    if status.kind is not Kind.FILE:
        return "it is no regular file"
    if status.size != expected.size:
        return f"it has {status.size} bytes, not {expected.size}"
    found = version(guest, path)
    if not same_content(found, expected):
        return "its content differs"
    return _unlike(found.attributes.value(), expected.attributes.value(), times=times)


def verify(guest: GuestReader, journal: Journal) -> None:
    """Read back every file that `journal` says was changed, and look for its original.

    To be called after the file systems were mounted anew, so that it is the disk that answers. Raises
    ReadBackFailed, which names every path that differs.
    """
    if differences := tuple(_differences(guest, journal)):
        raise ReadBackFailed.of(differences)


def _differences(guest: GuestReader, journal: Journal) -> Iterator[tuple[str, str]]:
    for entry in journal.entries:
        if what := difference(guest, entry.path, entry.after):
            yield entry.path, what
        if entry.original is not None and guest.link_status(entry.original) is None:
            yield entry.original, "it is missing"
        for leftover in (originals.staged_path(entry.path), originals.previous_path(entry.path)):
            if guest.link_status(leftover) is not None:
                yield leftover, "it was left behind"
    for directory in journal.directories:
        status = guest.status(directory)
        if status is None or status.kind is not Kind.DIRECTORY:
            yield directory, "the directory is missing"


def _unlike(found: Attributes, expected: Attributes, *, times: bool) -> str:
    if (found.uid, found.gid) != (expected.uid, expected.gid):
        return f"its owner is {found.uid}:{found.gid}, not {expected.uid}:{expected.gid}"
    if found.mode != expected.mode:
        return f"its mode is {found.mode:o}, not {expected.mode:o}"
    if dict(found.xattrs) != dict(expected.xattrs):
        names = {name for name, value in {*found.xattrs} ^ {*expected.xattrs}}
        return f"its extended attributes differ: {', '.join(shown(name) for name in sorted(names))}"
    if times and found.mtime_ns != expected.mtime_ns:
        return "its modification time differs"
    return ""
