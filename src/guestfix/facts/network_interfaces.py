"""Interfaces as ifupdown configures them."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from typing import Final, Literal

from guestfix.facts.addresses import with_prefix
from guestfix.facts.model import Interface
from guestfix.facts.reading import is_file, names, parsed, plain
from guestfix.formats import interfaces as interfaces_format
from guestfix.formats.interfaces import Iface, Interfaces
from guestfix.guest.protocol import GuestReader

MAIN: Final = "/etc/network/interfaces"
LIMIT: Final = 100
"""Files, and `source` lines, that are followed from one `interfaces`."""

_LONGEST: Final = 255
_IN_DIRECTORY: Final = re.compile("[a-zA-Z0-9_-]+")

Method = Literal["static", "dhcp", "manual", "loopback", "other"]
Built = Literal["ethernet", "bond", "vlan", "bridge", "loopback", "other"]


def ifupdown_files(guest: GuestReader) -> tuple[str, ...]:
    """Return /etc/network/interfaces and what it includes, in order; an included file may include others."""
    return tuple(_documents(guest))


def ifupdown_interfaces(guest: GuestReader) -> tuple[Interface, ...]:
    """Return the interfaces that ifupdown knows, in the order of its files, one for each `iface` stanza."""
    return tuple(
        interface
        for path, document in _documents(guest).items()
        if document is not None
        for interface in _of_file(path, document)
    )


def _documents(guest: GuestReader) -> dict[str, Interfaces | None]:
    """Return the files and what is in them; None for one that cannot be read."""
    waiting = [MAIN]
    found: dict[str, Interfaces | None] = {}
    sources = 0
    while waiting and len(found) < LIMIT:
        path = waiting.pop(0)
        if path in found or not is_file(guest, path):
            continue
        document = parsed(guest, path, interfaces_format.parse)
        found[path] = document if isinstance(document, Interfaces) else None
        if isinstance(document, Interfaces):
            taken = document.sources[: LIMIT - sources]
            sources += len(taken)
            waiting[:0] = [each for kind, path in taken for each in _included(guest, kind, path)]
    return found


def _included(guest: GuestReader, kind: str, said: str) -> Iterator[str]:
    for word in said.split()[:LIMIT] if kind == "source" else [said]:
        path = word if word.startswith("/") else f"/etc/network/{word}"
        folder, _, pattern = path.rpartition("/") if kind == "source" else (path.rstrip("/"), "", "")
        if len(folder) + len(pattern) > _LONGEST:
            continue
        for name in names(guest, folder):
            hidden = name.startswith(".") and not pattern.startswith(".")
            matches = fnmatch.fnmatchcase(name, pattern) if pattern else _IN_DIRECTORY.fullmatch(name)
            if matches and not hidden:
                yield f"{folder}/{name}"


def _of_file(path: str, document: Interfaces) -> Iterator[Interface]:
    line, at = 1, 0
    for iface in document.ifaces:
        line += sum(len(statement.lines) for statement in document.statements[at : iface.index])
        at = iface.index
        servers = " ".join(iface.get(name) or "" for name in ("dns-nameservers", "dns-nameserver")).split()
        hardware = (iface.get("hwaddress") or "").split()
        yield Interface(
            name=plain(iface.name),
            method=_method(iface),
            addresses=tuple(
                plain(with_prefix(address, iface.get("netmask")))
                for address in (iface.get("address") or "").split("\n")
                if address
            ),
            gateway=plain(gateway) if (gateway := iface.get("gateway")) else None,
            nameservers=tuple(map(plain, servers)),
            mac=plain(hardware[-1]) if hardware else None,
            kind=_kind(iface),
            source=plain(path),
            line=line,
        )


def _method(iface: Iface) -> Method:
    match iface.method:
        case "static" | "dhcp" | "manual" | "loopback":
            return iface.method
    return "other"


def _kind(iface: Iface) -> Built:
    if iface.method == "loopback":
        return "loopback"
    options = {option.name.replace("-", "_") for option in iface.options}
    if any(option.startswith("bond_") or option == "slaves" for option in options):
        return "bond" if "bond_master" not in options else "ethernet"
    if any(option.startswith("bridge_") for option in options):
        return "bridge"
    return "vlan" if "vlan_raw_device" in options or "." in iface.name else "ethernet"
