"""What an operating system says of itself: os-release, or the release files of the time before it (2012)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from guestfix.facts.model import Text, Unknown
from guestfix.facts.reading import parsed, plain, text
from guestfix.formats import os_release, shell_variables
from guestfix.formats.os_release import OsRelease
from guestfix.formats.shell_variables import ShellVariables
from guestfix.guest.protocol import GuestReader


@dataclass(frozen=True, slots=True)
class Release:
    """Distribution and version, in the words of os-release."""

    distribution: Text
    like: tuple[str, ...]
    version: Text
    name: Text


_VERSION: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,4}")
_SUSE_LEVEL: Final = re.compile(r"^PATCHLEVEL[ \t]*=[ \t]*([0-9]{1,3})[ \t]*$", re.MULTILINE)

_NAMES: Final = (
    ("red hat", "rhel", ("fedora",)),
    ("centos", "centos", ("rhel", "fedora")),
    ("oracle", "ol", ("fedora",)),
    ("scientific", "scientific", ("rhel", "fedora")),
    ("fedora", "fedora", ()),
    ("suse linux enterprise server", "sles", ("suse",)),
    ("suse linux enterprise desktop", "sled", ("suse",)),
    ("opensuse", "opensuse", ("suse",)),
)
"""How the first line of a release file begins, and ID and ID_LIKE of the same vendor's os-release today."""


def release(guest: GuestReader) -> Release:
    """Return what the guest's release files say; nothing is guessed from anything else."""
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        found = parsed(guest, path, os_release.parse)
        if isinstance(found, Unknown):
            return Release(found, (), found, found)
        if found is not None:
            return _from_os_release(found)
    if (lsb := _from_lsb_release(guest)) is not None:
        return lsb
    for path, read in _OLDER.items():
        said = text(guest, path, limit=4096)
        if said is not None and said.strip():
            return read(path, plain(said))
    nothing = Unknown(unknown="there is no os-release and no release file that we know")
    return Release(nothing, (), nothing, nothing)


def _from_os_release(found: OsRelease) -> Release:
    rolling = Unknown(unknown="os-release has no VERSION_ID: a rolling or testing release")
    version = plain(found.version_id) if found.version_id else rolling
    return Release(plain(found.id), tuple(map(plain, found.id_like)), version, plain(found.pretty_name))


def _from_lsb_release(guest: GuestReader) -> Release | None:
    """Ubuntu before 12.04. Others have the file too, without DISTRIB_ID."""
    found = parsed(guest, "/etc/lsb-release", shell_variables.parse)
    if not isinstance(found, ShellVariables) or not found.get("DISTRIB_ID"):
        return None
    name = plain(found.get("DISTRIB_ID") or "")
    version = plain(found.get("DISTRIB_RELEASE") or "") or Unknown(unknown="lsb-release has no DISTRIB_RELEASE")
    like = ("debian",) if name == "Ubuntu" else ()
    return Release(name.lower(), like, version, plain(found.get("DISTRIB_DESCRIPTION") or name))


def _named(path: str, said: str) -> Release:
    """Read `CentOS release 6.10 (Final)`; SUSE puts the service pack on a line of its own."""
    line = said.strip().split("\n", 1)[0].strip()
    lowered = line.lower()
    known = next(((name, like) for words, name, like in _NAMES if lowered.startswith(words)), None)
    distribution, like = known or (lowered.partition(" ")[0], ())
    found = _VERSION.search(line)
    if found is None:
        return Release(distribution, like, Unknown(unknown=f"{path} holds no version"), line)
    level = _SUSE_LEVEL.search(said)
    version = f"{found[0]}.{level[1]}" if level and level[1] != "0" and "." not in found[0] else found[0]
    return Release(distribution, like, version, line)


def _debian(path: str, said: str) -> Release:
    """Read `6.0.10`, or `squeeze/sid` before a release."""
    line = said.strip().split("\n", 1)[0].strip()
    version = line if _VERSION.fullmatch(line) else Unknown(unknown=f"{path} names no version: {line[:40]}")
    return Release("debian", (), version, f"Debian GNU/Linux {line}")


def _alpine(path: str, said: str) -> Release:
    line = said.strip().split("\n", 1)[0].strip()
    return Release("alpine", (), line, f"Alpine Linux {line}")


_OLDER: Final[dict[str, Callable[[str, str], Release]]] = {
    "/etc/redhat-release": _named,
    "/etc/SuSE-release": _named,
    "/etc/debian_version": _debian,
    "/etc/alpine-release": _alpine,
}
