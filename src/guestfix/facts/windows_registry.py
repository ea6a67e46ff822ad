"""The hives of a guest for its facts: what cannot be read is a value with a reason, never an error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from guestfix.errors import Refused
from guestfix.facts.model import Unknown
from guestfix.facts.reading import plain, status, why_unknown
from guestfix.guest.paths import parent
from guestfix.guest.protocol import GuestReader, Kind
from guestfix.registry import Hive, Key, any_case, control_sets
from guestfix.untrusted import shown

T = TypeVar("T")

WINDOWS: Final = ("/Windows", "/WINNT")
"""Where Windows is installed; 2000 and its upgrades use WINNT."""


@dataclass(frozen=True, slots=True)
class Registry:
    """The hives of one Windows; Unknown where one cannot be opened."""

    system_root: str
    """The directory of Windows, as the disk spells it."""
    system: Hive | Unknown
    software: Hive | Unknown
    sam: Hive | Unknown
    sets: tuple[str, ...]
    current: str | Unknown
    unclean: tuple[str, ...]

    def in_set(self, path: str, control_set: str | None = None) -> Key | Unknown | None:
        """Return a key of a control set, of the one in use by default; None if there is none."""
        name = control_set or self.current
        if isinstance(name, Unknown):
            return name
        return self.in_system(f"{name}\\{path}")

    def in_system(self, path: str) -> Key | Unknown | None:
        """Return a key of SYSTEM; None if there is none."""
        return find(self.system, path)

    def in_software(self, path: str) -> Key | Unknown | None:
        """Return a key of SOFTWARE; None if there is none."""
        return find(self.software, path)

    def in_sam(self, path: str) -> Key | Unknown | None:
        """Return a key of SAM; None if there is none."""
        return find(self.sam, path)


def registry(guest: GuestReader) -> Registry | None:
    """Return the hives of the Windows in `guest`; None if there is no directory of Windows."""
    found = next((found for path in WINDOWS if (found := any_case(guest, f"{path}/System32")) is not None), None)
    if found is None:
        return None
    root = parent(found)
    unclean: list[str] = []
    system = _hive(guest, f"{root}/System32/config/SYSTEM", unclean)
    software = _hive(guest, f"{root}/System32/config/SOFTWARE", unclean)
    sam = _hive(guest, f"{root}/System32/config/SAM", unclean)
    sets: tuple[str, ...] = ()
    current: str | Unknown
    if isinstance(system, Unknown):
        current = system
    else:
        known = attempt(lambda: control_sets(system))
        if isinstance(known, Unknown):
            current = known
        else:
            sets = known.names
            current = known.in_use or Unknown(unknown="Select names no control set that is there")
    return Registry(root, system, software, sam, sets, current, tuple(unclean))


def _hive(guest: GuestReader, path: str, unclean: list[str]) -> Hive | Unknown:
    """Open a hive whatever its state: what it holds is told, and that it may not be the last word is told too."""
    try:
        found = any_case(guest, path)
        known = status(guest, found) if found else None
        if found is None or known is None or known.kind is not Kind.FILE:
            return Unknown(unknown=f"there is no file {shown(path)}")
        hive = Hive.paged(known.size, lambda offset, length: guest.read_at(found, offset, length))
    except Refused as refusal:
        return why_unknown(path, refusal)
    if not hive.is_clean:
        unclean.append(found)
    return hive


def find(hive: Hive | Unknown, path: str) -> Key | Unknown | None:
    """Return a key; None if there is none, Unknown if the hive cannot tell."""
    return hive if isinstance(hive, Unknown) else attempt(lambda: hive.key(path))


def attempt(read: Callable[[], T]) -> T | Unknown:
    """Return what `read` gives, or why it refuses: a damaged part of a hive hides no other part."""
    try:
        return read()
    except Refused as refusal:
        return Unknown(unknown=f"{refusal.message} [{refusal.code}]")


def text(key: Key | Unknown | None, name: str, absent: str) -> str | Unknown:
    """Return the text of a value; Unknown with `absent` if there is none."""
    said = text_or_none(key, name)
    return Unknown(unknown=absent) if said is None else said


def text_or_none(key: Key | Unknown | None, name: str = "") -> str | Unknown | None:
    """Return the text of a value; None if there is none or it is no text."""
    if key is None or isinstance(key, Unknown):
        return key
    said = attempt(lambda: key.text(name))
    return plain(said) if isinstance(said, str) else said


def number(key: Key | Unknown | None, name: str) -> int | Unknown | None:
    """Return the number of a value; None if there is none or it is no number."""
    if key is None or isinstance(key, Unknown):
        return key
    return attempt(lambda: key.number(name))


def flag(key: Key | Unknown | None, name: str, default: bool) -> bool | Unknown:
    """Return whether a number is not 0; `default` if there is none."""
    said = number(key, name)
    return said if isinstance(said, Unknown) else default if said is None else said != 0


def strings(key: Key | Unknown | None, name: str) -> tuple[str, ...]:
    """Return the strings of a MULTI_SZ or the one text of an SZ, less empty ones; () if it cannot be read."""
    if key is None or isinstance(key, Unknown):
        return ()
    said = attempt(lambda: key.strings(name))
    if isinstance(said, tuple):
        return tuple(plain(one) for one in said if one)
    one = text_or_none(key, name)
    return (one,) if isinstance(one, str) and one else ()


def subkeys(key: Key | Unknown | None) -> tuple[Key, ...]:
    """Return the keys below; empty if they cannot be read."""
    if key is None or isinstance(key, Unknown):
        return ()
    found = attempt(key.subkeys)
    return () if isinstance(found, Unknown) else found
