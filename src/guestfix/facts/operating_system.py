"""Which system is installed, and how it starts and names itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from guestfix.facts.architecture import architecture
from guestfix.facts.model import OperatingSystem, Text, Unknown
from guestfix.facts.reading import (
    exists,
    is_directory,
    is_file,
    link_target,
    names,
    parsed,
    plain,
    resolved,
    status,
    text,
)
from guestfix.facts.release import release
from guestfix.formats import shell_variables
from guestfix.formats.shell_variables import ShellVariables
from guestfix.guest.protocol import GuestReader, Kind
from guestfix.rules.family import Family

_LINUX: Final = ("/etc/os-release", "/usr/lib/os-release", "/etc/fstab", "/etc/inittab", "/sbin/init")

_PACKAGE_MANAGERS: Final = (
    ("dpkg", "/var/lib/dpkg/status"),
    ("rpm", "/usr/lib/sysimage/rpm"),
    ("rpm", "/var/lib/rpm"),
    ("apk", "/lib/apk/db/installed"),
    ("pacman", "/var/lib/pacman/local"),
)


def operating_system(guest: GuestReader, root: str, families: Sequence[Family]) -> OperatingSystem:
    """Return the facts on the system whose root is mounted, no Windows; `root` is its device."""
    said = release(guest, families)
    is_linux = exists(guest, *_LINUX)
    return OperatingSystem(
        family="linux" if is_linux else Unknown(unknown="none of the usual files of a system is there"),
        distribution=said.distribution,
        like=said.like,
        version=said.version,
        name=said.name,
        architecture=architecture(guest),
        init=init_system(guest),
        package_manager=_package_manager(guest),
        hostname=_hostname(guest),
        root=root,
    )


def init_system(guest: GuestReader) -> Text:
    """Return what /sbin/init is: several may be installed, and the link decides."""
    program = resolved(guest, "/sbin/init")
    name = (program or link_target(guest, "/sbin/init") or "").rpartition("/")[2]
    if name == "systemd":
        return "systemd"
    if exists(guest, "/sbin/initctl") and is_directory(guest, "/etc/init"):
        return "upstart"
    if exists(guest, "/sbin/openrc", "/sbin/openrc-init", "/sbin/openrc-run"):
        return "openrc"
    if is_file(guest, "/etc/inittab") or (program is not None and is_directory(guest, "/etc/init.d")):
        return "sysvinit"
    return Unknown(unknown="no init system that we know is there")


def _package_manager(guest: GuestReader) -> Text:
    """A package manager without a database is only a tool: dpkg on Red Hat, rpm on Debian."""
    for manager, path in _PACKAGE_MANAGERS:
        found = status(guest, path)
        if found is not None and (found.size > 0 if found.kind is Kind.FILE else names(guest, path)):
            return manager
    return Unknown(unknown="no package database that we know is there")


def _hostname(guest: GuestReader) -> Text:
    for path in ("/etc/hostname", "/etc/HOSTNAME"):
        for line in (text(guest, path, limit=4096) or "").split("\n"):
            if line.strip() and not line.startswith("#"):
                return plain(line.strip())
    variables = parsed(guest, "/etc/sysconfig/network", shell_variables.parse)
    if isinstance(variables, ShellVariables) and (name := variables.get("HOSTNAME")):
        return plain(name)
    return Unknown(unknown="there is no /etc/hostname, and no HOSTNAME in /etc/sysconfig/network")
