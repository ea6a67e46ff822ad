"""What an operating system says of itself: os-release, or the release files of the time before it (2012)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from guestfix.facts.model import Text, Unknown
from guestfix.facts.reading import parsed, plain, text
from guestfix.formats import os_release, shell_variables
from guestfix.formats.os_release import OsRelease
from guestfix.formats.shell_variables import ShellVariables
from guestfix.guest.protocol import GuestReader
from guestfix.rules.family import Distribution, Family, ReleaseFile


@dataclass(frozen=True, slots=True)
class Release:
    """Distribution and version, in the words of os-release."""

    distribution: Text
    like: tuple[str, ...]
    version: Text
    name: Text


_VERSION: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,4}")
_LEVEL: Final = re.compile(r"^PATCHLEVEL[ \t]*=[ \t]*([0-9]{1,3})[ \t]*$", re.MULTILINE)


def release(guest: GuestReader, families: Sequence[Family]) -> Release:
    """Return what the guest's release files say; nothing is guessed from anything else.

    `families` say which files there were before os-release, and how distributions named themselves in them.
    """
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        found = parsed(guest, path, os_release.parse)
        if isinstance(found, Unknown):
            return Release(found, (), found, found)
        if found is not None:
            return _from_os_release(found)
    known = [each for family in families for each in family.distributions]
    if (lsb := _from_lsb_release(guest, known)) is not None:
        return lsb
    for file in (each for family in families for each in family.release_files):
        said = text(guest, file.path, limit=4096)
        if said is not None and said.strip():
            return (
                _version_alone(file, plain(said)) if file.holds == "version" else _named(file, plain(said), known)
            )
    nothing = Unknown(unknown="there is no os-release and no release file that we know")
    return Release(nothing, (), nothing, nothing)


def _from_os_release(found: OsRelease) -> Release:
    rolling = Unknown(unknown="os-release has no VERSION_ID: a rolling or testing release")
    version = plain(found.version_id) if found.version_id else rolling
    return Release(plain(found.id), tuple(map(plain, found.id_like)), version, plain(found.pretty_name))


def _from_lsb_release(guest: GuestReader, known: Sequence[Distribution]) -> Release | None:
    """Ubuntu before 12.04. Others have the file too, without DISTRIB_ID."""
    found = parsed(guest, "/etc/lsb-release", shell_variables.parse)
    if not isinstance(found, ShellVariables) or not found.get("DISTRIB_ID"):
        return None
    name = plain(found.get("DISTRIB_ID") or "")
    version = plain(found.get("DISTRIB_RELEASE") or "") or Unknown(unknown="lsb-release has no DISTRIB_RELEASE")
    id_, like = _distribution(name, known)
    return Release(id_, like, version, plain(found.get("DISTRIB_DESCRIPTION") or name))


def _distribution(said: str, known: Sequence[Distribution]) -> tuple[str, tuple[str, ...]]:
    """Return ID and ID_LIKE of what calls itself `said`; of what nobody knows, its first word."""
    lowered = said.lower()
    found = next((each for each in known if lowered.startswith(each.begins)), None)
    return (found.id, found.like) if found else (lowered.partition(" ")[0], ())


def _named(file: ReleaseFile, said: str, known: Sequence[Distribution]) -> Release:
    """Read `CentOS release 6.10 (Final)`; SUSE puts the service pack on a line of its own."""
    line = said.strip().split("\n", 1)[0].strip()
    distribution, like = _distribution(line, known)
    found = _VERSION.search(line)
    if found is None:
        return Release(distribution, like, Unknown(unknown=f"{file.path} holds no version"), line)
    level = _LEVEL.search(said)
    version = f"{found[0]}.{level[1]}" if level and level[1] != "0" and "." not in found[0] else found[0]
    return Release(distribution, like, version, line)


def _version_alone(file: ReleaseFile, said: str) -> Release:
    """Read `6.0.10`, or a name such as squeeze/sid before a release."""
    line = said.strip().split("\n", 1)[0].strip()
    version = line if _VERSION.match(line) else Unknown(unknown=f"{file.path} names no version: {line[:40]}")
    return Release(file.id, (), version, f"{file.name} {line}")
