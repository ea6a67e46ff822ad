"""Debian's /etc/network/interfaces as rules see it, and which of its stanzas are plain network cards."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guestfix.formats import interfaces
from guestfix.formats.interfaces import Iface, Interfaces
from guestfix.rules.action import Format

FORMAT = Format(
    summary="/etc/network/interfaces and interfaces.d, interfaces(5)",
    parse=interfaces.parse,
    render=Interfaces.render,
)

_CARD = re.compile(r"(e[a-z0-9]*)(:[A-Za-z0-9]+)?")
"""Names of wired cards, eth0 or ens192, begin with e (systemd.net-naming-scheme(7)); `:1` is an alias."""

_BUILT_FROM = re.compile("bridge[_-]ports|bond[_-](slaves|master|primary)|slaves|vlan[_-]raw[_-]device")
_BUILDS = re.compile("bridge[_-].*|bond[_-].*|slaves|vlan[_-].*|team[_-].*")


def built(document: Interfaces) -> Iterator[Iface]:
    """Yield the stanzas of interfaces that are made of others: bridges, bonds, VLANs; and those others' parts."""
    for iface in document.ifaces:
        if (
            "." in iface.name
            or iface.name.startswith("vlan")
            or any(_BUILDS.fullmatch(o.name) for o in iface.options)
        ):
            yield iface


def parts_of_built(document: Interfaces) -> frozenset[str]:
    """Return the names of cards that bridges, bonds and VLANs are made of."""
    names: set[str] = set()
    for iface in built(document):
        names.add(iface.name.partition(".")[0])
        for option in iface.options:
            if _BUILT_FROM.fullmatch(option.name):
                names.update(option.value.split())
    return frozenset(names)


def cards(document: Interfaces) -> Iterator[Iface]:
    """Yield the stanzas of plain wired cards and their aliases, which DHCP can serve under any name."""
    parts = parts_of_built(document)
    for iface in document.ifaces:
        match = _CARD.fullmatch(iface.name)
        if match and iface.method != "loopback" and match[1] not in parts and iface.name not in parts:
            yield iface
