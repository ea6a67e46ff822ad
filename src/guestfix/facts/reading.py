"""Reading guest files for facts: a file that is absent or cannot be used is a value, not an error.

Nothing here raises for what a guest holds (`Refused`); trouble of the host still does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from guestfix.errors import Refused
from guestfix.facts.model import Unknown
from guestfix.guest.protocol import TEXT_LIMIT, GuestReader, Kind, Status
from guestfix.untrusted import shown

Document = TypeVar("Document")


def parsed(
    guest: GuestReader, path: str, parse: Callable[[bytes], Document], limit: int = TEXT_LIMIT
) -> Document | Unknown | None:
    """Return the parsed file, None if there is none, or Unknown with the coded reason why it cannot be used."""
    try:
        if guest.status(path) is None:
            return None
        return parse(guest.read(path, limit))
    except Refused as refusal:
        return why_unknown(path, refusal)


def text(guest: GuestReader, path: str, limit: int = 64 * 1024) -> str | None:
    """Return a small text file, or None if it is absent, too large, or no file."""
    found = parsed(guest, path, lambda data: data.decode("utf-8", "surrogateescape"), limit)
    return found if isinstance(found, str) else None


def head(guest: GuestReader, path: str, offset: int, length: int) -> bytes:
    """Return at most `length` bytes of a regular file from `offset`; empty if they cannot be read."""
    try:
        return guest.read_at(path, offset, length) if is_file(guest, path) else b""
    except Refused:
        return b""


def status(guest: GuestReader, path: str) -> Status | None:
    """Return what `path` leads to; None if nothing that can be looked at."""
    try:
        return guest.status(path)
    except Refused:
        return None


def is_file(guest: GuestReader, path: str) -> bool:
    """Whether `path` leads to a regular file."""
    found = status(guest, path)
    return found is not None and found.kind is Kind.FILE


def is_directory(guest: GuestReader, path: str) -> bool:
    """Whether `path` leads to a directory."""
    found = status(guest, path)
    return found is not None and found.kind is Kind.DIRECTORY


def first_file(guest: GuestReader, paths: Iterable[str]) -> str | None:
    """Return the first of `paths` that leads to a regular file."""
    return next((path for path in paths if is_file(guest, path)), None)


def exists(guest: GuestReader, *paths: str) -> bool:
    """Whether any of `paths` exists, as a link that leads nowhere too: enabled units may be such links."""
    return any(_link_status(guest, path) is not None for path in paths)


def link_target(guest: GuestReader, path: str) -> str | None:
    """Return the text of the symbolic link `path`; None if it is none."""
    found = _link_status(guest, path)
    try:
        return guest.link_target(path) if found is not None and found.kind is Kind.SYMLINK else None
    except Refused:
        return None


def resolved(guest: GuestReader, path: str) -> str | None:
    """Return `path` without symbolic links; None if it leads nowhere."""
    try:
        return guest.resolve(path)
    except Refused:
        return None


def names(guest: GuestReader, path: str) -> tuple[str, ...]:
    """Return the sorted names in a directory that are UTF-8; empty if it cannot be listed."""
    try:
        return tuple(name for name in guest.names(path) if plain(name) == name)
    except Refused:
        return ()


def why_unknown(path: str, refusal: Refused) -> Unknown:
    """Return the unknown that stands for what was refused, with the error's code."""
    return Unknown(unknown=f"{shown(path)}: {refusal.message} [{refusal.code}]")


def plain(said: str) -> str:
    r"""Return guest text so that JSON can hold it: a byte that is no UTF-8 becomes an escape such as \x80."""
    if said.isascii():
        return said
    return "".join(shown(char) if "\ud800" <= char <= "\udfff" else char for char in said)


def _link_status(guest: GuestReader, path: str) -> Status | None:
    try:
        return guest.link_status(path)
    except Refused:
        return None
