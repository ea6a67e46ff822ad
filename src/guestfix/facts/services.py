"""Which services a guest starts by itself, by the links that `systemctl enable` and its elders leave behind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from guestfix.facts.model import Text, Unknown
from guestfix.facts.reading import exists, is_file, link_target, names, status, text
from guestfix.guest.protocol import GuestReader, Kind

_UNITS: Final = "/etc/systemd/system"
_WANTS: Final = (
    "sysinit.target.wants",
    "network.target.wants",
    "network-online.target.wants",
    "multi-user.target.wants",
    "cloud-init.target.wants",
    "default.target.wants",
)
_SYSV: Final = ("/etc/rcS.d", "/etc/rc2.d", "/etc/rc3.d", "/etc/rc5.d", "/etc/init.d/boot.d", "/etc/init.d/rc3.d")
"""Run levels that a server may start in; the last two are SUSE's."""
_SYSV_LINK: Final = re.compile(r"S[0-9]{2}(.+)")
_RUN_LEVELS: Final = ("/etc/runlevels/sysinit", "/etc/runlevels/boot", "/etc/runlevels/default")
_NATIVE: Final = ("/usr/lib/systemd/system", "/lib/systemd/system", _UNITS)


@dataclass(frozen=True, slots=True)
class Services:
    """Names of services, without `.service`, to the file or link that has them started."""

    started: Mapping[str, str]
    masked: frozenset[str]

    def starts(self, *services: str) -> str | None:
        """Return what starts the first of `services` that is started; None if none is."""
        return next((self.started[name] for name in services if name in self.started), None)


def services(guest: GuestReader, init: Text, asked: frozenset[str]) -> Services:
    """Return which of the services `asked` are started by `init`; if that is unknown, every way counts."""
    started: dict[str, str] = {}
    masked: frozenset[str] = frozenset()
    unknown = isinstance(init, Unknown)
    if unknown or init == "upstart":
        started |= _upstart(guest, asked)
    if unknown or init == "openrc":
        started |= _links(guest, _RUN_LEVELS, re.compile("(.+)"), asked)
    if init != "openrc":
        started |= _links(guest, _SYSV, _SYSV_LINK, asked)
    if unknown or init == "systemd":
        # A unit of systemd's own hides the script of the same name, systemd-sysv-generator(8).
        hidden = {name for name in started if exists(guest, *(f"{each}/{name}.service" for each in _NATIVE))}
        started = {name: path for name, path in started.items() if name not in hidden} | _wanted(guest, asked)
        masked = frozenset(name for name in asked if _is_masked(guest, f"{_UNITS}/{name}.service"))
    return Services({name: path for name, path in started.items() if name not in masked}, masked)


def _is_masked(guest: GuestReader, unit: str) -> bool:
    """Whether a unit is a link to /dev/null or an empty file, which mean the same, systemd.unit(5)."""
    if link_target(guest, unit) is not None:
        return link_target(guest, unit) == "/dev/null"
    found = status(guest, unit)
    return found is not None and found.kind is Kind.FILE and found.size == 0


def _wanted(guest: GuestReader, asked: frozenset[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for directory in (_UNITS, *(f"{_UNITS}/{each}" for each in _WANTS)):
        for name in names(guest, directory):
            service = name.removesuffix(".service")
            if service == name:
                continue
            path = f"{directory}/{name}"
            if directory == _UNITS:
                # Here only an alias says that something is enabled: network.service is wicked or NetworkManager.
                service = (link_target(guest, path) or "").rpartition("/")[2].removesuffix(".service")
            if service in asked:
                found.setdefault(service, path)
    return found


def _links(
    guest: GuestReader, directories: tuple[str, ...], pattern: re.Pattern[str], asked: frozenset[str]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for directory in directories:
        for name in names(guest, directory):
            match = pattern.fullmatch(name)
            if match and match[1] in asked:
                found.setdefault(match[1], f"{directory}/{name}")
    return found


def _upstart(guest: GuestReader, asked: frozenset[str]) -> dict[str, str]:
    """A job starts unless its override says `manual`, init(5) of upstart."""
    return {
        name: path
        for name in sorted(asked)
        if is_file(guest, path := f"/etc/init/{name}.conf")
        and "manual" not in (text(guest, f"/etc/init/{name}.override") or "").split()
    }
