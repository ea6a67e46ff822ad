"""Where the journals of a guest are kept: written before anything else, removed after everything is back.

A journal is written under another name first and then renamed, so it is always whole.
"""

from __future__ import annotations

import json
import re
from typing import Final

from guestfix import originals
from guestfix.errors import Refused
from guestfix.guest import paths
from guestfix.guest.errors import GuestIOError
from guestfix.guest.protocol import TEXT_LIMIT, GuestReader, GuestWriter, Kind
from guestfix.journal import Journal, State
from guestfix.registry.opening import any_case
from guestfix.untrusted import shown

LINUX: Final = "/var/lib/guestfix/journal"
"""Where the journals of a Linux guest are."""

WINDOWS: Final = "guestfix/journal"
"""Where they are below the folder that Windows is in, whatever that is called."""

MAX_JOURNALS: Final = 1000
"""More were never written by us: each apply that changes something writes one."""

_FILE: Final = re.compile(r"([0-9]{4})\.json", re.ASCII)


class JournalImpossible(Refused):
    """The journal cannot be written, so nothing else is touched."""

    code = "GF-JOURNAL-IMPOSSIBLE"


class JournalDamaged(Refused):
    """What is in the journal's place in the guest is not one of our journals."""

    code = "GF-JOURNAL-DAMAGED"


class UnfinishedRun(Refused):
    """An earlier run was killed; `recover` comes first."""

    code = "GF-JOURNAL-UNFINISHED"


def folder_of(guest: GuestReader) -> str:
    """Return the folder that the journals of `guest` are in, or would be."""
    if guest.resolve("/etc") is None:
        for name in guest.names("/"):
            if name.upper() in {"WINDOWS", "WINNT"} and any_case(guest, f"/{name}/System32/config") is not None:
                return f"/{name}/{WINDOWS}"
    return LINUX


def read_all(guest: GuestReader, folder: str = LINUX) -> tuple[Journal, ...]:
    """Return the journals of this guest, oldest first. Raises JournalDamaged."""
    found: list[Journal] = []
    numbers = [int(match[1]) for name in guest.names(folder) if (match := _FILE.fullmatch(name))]
    if len(numbers) > MAX_JOURNALS:
        raise JournalDamaged(f"{shown(folder)} holds {len(numbers)} journals", hint="guestfix did not write them")
    for number in sorted(numbers):
        path = _path(folder, number)
        try:
            journal = _parsed(guest.read(path))
        except (ValueError, RecursionError, GuestIOError) as error:  # ValidationError is a ValueError
            raise JournalDamaged(
                f"{shown(path)} is not a journal that this version of guestfix can read",
                hint="use the guestfix that wrote it, or put back the file from a backup",
            ) from error
        if journal.number != number:
            raise JournalDamaged(f"{shown(path)} says that it is number {journal.number}", hint="rename it back")
        found.append(journal)
    return tuple(found)


def _parsed(data: bytes) -> Journal:
    r"""Return the journal. A name that is not UTF-8 has `\udcNN` in it, which pydantic's own parser refuses."""
    if b"\\udc" not in data:
        return Journal.model_validate_json(data)
    return Journal.model_validate(json.loads(data))


def unfinished(guest: GuestReader, folder: str | None = None) -> Journal | None:
    """Return the journal of a killed run that `recover` has to deal with, if there is one."""
    journals = read_all(guest, folder or folder_of(guest))
    return journals[-1] if journals and journals[-1].state is not State.DONE else None


def settled(guest: GuestReader, folder: str) -> tuple[Journal, ...]:
    """Return the journals, oldest first. Raises UnfinishedRun if `recover` comes first."""
    journals = read_all(guest, folder)
    if journals and journals[-1].state is not State.DONE:
        raise UnfinishedRun(
            f"run {journals[-1].number} on this guest was interrupted",
            hint="it is taken back or finished first: run `guestfix apply` or `guestfix revert` with the images",
        )
    return journals


def prepare(guest: GuestWriter, folder: str) -> tuple[str, ...]:
    """Make the journal's directory; return those made above it that are not ours, parents first.

    Raises JournalImpossible.
    """
    made: list[str] = []
    try:
        for path in missing_directories(guest, folder):
            guest.make_directory(path, 0o700 if path in own_directories(folder) else 0o755)
            made.append(path)
    except GuestIOError as error:
        for path in reversed(made):
            guest.remove_directory(path)
        hint = error.hint or f"look what is in the place of the folder {folder} in the guest"
        raise JournalImpossible(f"the journal cannot be kept: {error.message}", hint=hint) from error
    return tuple(path for path in made if path not in own_directories(folder))


def write(guest: GuestWriter, journal: Journal, folder: str) -> None:
    """Put `journal` in its place, whole or not at all, and on the disk. Raises JournalImpossible."""
    data = json.dumps(journal.model_dump(mode="json"), indent=1).encode("ascii") + b"\n"
    path = _path(folder, journal.number)
    staged = originals.staged_path(path)
    if len(data) > TEXT_LIMIT:
        raise JournalImpossible(f"the journal would have {len(data)} bytes", hint="apply fewer rules at once")
    try:
        if guest.link_status(staged) is not None:
            guest.remove(staged)
        guest.write(staged, [data])
        guest.rename(staged, path)
        guest.sync()
    except GuestIOError as error:
        hint = error.hint or f"look what is in the place of the folder {folder} in the guest"
        raise JournalImpossible(f"the journal cannot be written: {error.message}", hint=hint) from error


def remove(guest: GuestWriter, number: int, folder: str) -> None:
    """Remove one journal, if it is there."""
    if guest.link_status(_path(folder, number)) is not None:
        guest.remove(_path(folder, number))


def remove_all_but(guest: GuestWriter, number: int, folder: str) -> None:
    """Remove every journal but one."""
    for name in guest.names(folder):
        match = _FILE.fullmatch(name)
        if match and int(match[1]) != number:
            guest.remove(paths.join(folder, name))


def clear(guest: GuestWriter, folder: str) -> bool:
    """Remove half-written journals, and our directories once they are empty; return whether there were any."""
    found = False
    for name in guest.names(folder):
        if re.fullmatch(r"\.[0-9]{4}\.json\.guestfix-new~", name, re.ASCII):
            guest.remove(paths.join(folder, name))
            found = True
    for path in reversed(own_directories(folder)):
        status = guest.link_status(path)
        if status is not None and status.kind is Kind.DIRECTORY and not guest.names(path):
            guest.remove_directory(path)
            found = True
    return found


def own_directories(folder: str) -> tuple[str, str]:
    """Return the two directories that are there for the journal only, parent first."""
    return paths.parent(folder), folder


def missing_directories(guest: GuestReader, path: str) -> tuple[str, ...]:
    """Return `path` and the directories above it that do not exist, parents first."""
    missing: list[str] = []
    while guest.link_status(path) is None and path != "/":
        missing.append(path)
        path = paths.parent(path)
    return tuple(reversed(missing))


def _path(folder: str, number: int) -> str:
    return paths.join(folder, f"{number:04d}.json")
