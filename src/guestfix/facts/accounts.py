"""Accounts that somebody can log in to, by /etc/passwd, /etc/shadow, /etc/group and their authorized_keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from guestfix.facts.base import Flag, Unknown
from guestfix.facts.model import Fstab
from guestfix.facts.reading import exists, is_directory, parsed, plain, text
from guestfix.guest.protocol import GuestReader

_NO_SHELL: Final = frozenset({"nologin", "false", "true", "sync", "shutdown", "halt", "git-shell"})
_MOST: Final = 200
_LARGEST: Final = 1 << 20
_LARGEST_KEYS: Final = 64 * 1024
_MOST_KEY_FILES: Final = 4
_FIELDS: Final = 7
_KEY: Final = re.compile(r"(?:^|[\s,\"])(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\S{1,40}|sk-\S{1,60})\s")
_FORCED: Final = re.compile(r"(?:^|,)command=", re.IGNORECASE)
_DIRECTORIES: Final = (
    ("sssd", "/etc/sssd/sssd.conf"),
    ("LDAP", "/etc/nslcd.conf"),
    ("LDAP", "/etc/ldap.conf"),
    ("winbind", "/etc/samba/lmhosts"),
    ("NIS", "/etc/yp.conf"),
)
_DATABASES: Final = {"sssd": "sss", "LDAP": "ldap", "winbind": "winbind", "NIS": "nis"}


@dataclass(frozen=True, slots=True)
class Person:
    """One line of /etc/passwd whose shell lets somebody in."""

    name: str
    uid: int
    home: str
    password: Flag
    groups: tuple[str, ...]


def people(guest: GuestReader) -> Iterator[Person]:
    """Yield the accounts with a shell, at most 200, in the order of /etc/passwd."""
    hashes = {parts[0]: parts[1] for parts in _lines(guest, "/etc/shadow", 2)}
    by_number: dict[str, str] = {}
    by_member: dict[str, list[str]] = {}
    for group, _, number, members, *_ in _lines(guest, "/etc/group", 4):
        by_number.setdefault(number, plain(group))
        for member in members.split(","):
            by_member.setdefault(member.strip(), []).append(plain(group))
    found = 0
    for parts in _lines(guest, "/etc/passwd", _FIELDS):
        name, hashed, uid, gid, _, home, shell = parts[:_FIELDS]
        if not (uid.isascii() and uid.isdecimal() and len(uid) < 11) or shell.rpartition("/")[2] in _NO_SHELL:
            continue
        found += 1
        if found > _MOST:
            return
        groups = (*([by_number[gid]] if gid in by_number else []), *by_member.get(name, ()))
        yield Person(plain(name), int(uid), home, _has_password(hashes.get(name, hashed)), groups)


def _lines(guest: GuestReader, path: str, fields: int) -> Iterator[list[str]]:
    for line in (text(guest, path, _LARGEST) or "").split("\n"):
        parts = line.split(":")
        if len(parts) >= fields and parts[0] and not line.startswith(("#", "+", "-")):
            yield parts


def _has_password(hashed: str) -> Flag:
    """`!` and `*` lock, and sshd takes no empty password unless it is told to (shadow(5), sshd_config(5))."""
    if hashed == "x":
        return Unknown(unknown="its line is missing in /etc/shadow")
    return bool(hashed) and not hashed.startswith(("!", "*"))


def key_count(guest: GuestReader, person: Person, files: Sequence[str], fstab: Fstab | Unknown) -> int | Unknown:
    """Return how many keys give `person` a shell; Unknown where the home is on a disk that is not mounted here."""
    count = 0
    for name in files[:_MOST_KEY_FILES]:
        path = name.replace("%%", "%").replace("%h", person.home).replace("%u", person.name)
        path = path if path.startswith("/") else f"{person.home.rstrip('/')}/{path}"
        if not path.startswith("/"):
            continue
        found = parsed(guest, path, lambda data: data.decode("utf-8", "replace"), _LARGEST_KEYS)
        if isinstance(found, Unknown):
            return found
        count += sum(map(_lets_in, (found or "").splitlines()))
    if not count and not is_directory(guest, person.home) and (place := _elsewhere(person.home, fstab)):
        return Unknown(unknown=f"{place} is not mounted here")
    return count


def _lets_in(line: str) -> bool:
    """Cloud images give root a key with a command that only tells whom to log in as: it does not count."""
    line = line.strip()
    return not line.startswith("#") and _KEY.search(line) is not None and _FORCED.search(line) is None


def _elsewhere(home: str, fstab: Fstab | Unknown) -> str | None:
    entries = fstab.entries if isinstance(fstab, Fstab) else ()
    places = [entry.mount_point for entry in entries if entry.mount_point not in ("/", "none", "swap")]
    return next((place for place in places if f"{home}/".startswith(f"{place.rstrip('/')}/")), None)


def directory(guest: GuestReader) -> str | None:
    """Return what brings accounts from elsewhere: nsswitch.conf names it, and it has a configuration."""
    said = re.search(r"^passwd:([^\n#]*)", text(guest, "/etc/nsswitch.conf") or "", re.MULTILINE)
    named = said[1].split() if said else []
    return next((name for name, path in _DIRECTORIES if _DATABASES[name] in named and exists(guest, path)), None)
