"""Interfaces as NetworkManager's keyfiles configure them, nm-settings-keyfile(5)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from guestfix.facts.model import Interface
from guestfix.facts.reading import parsed, plain
from guestfix.formats import sections
from guestfix.formats.sections import Sections
from guestfix.guest.protocol import GuestReader

LIMIT: Final = 100
"""Files that are read."""

FOLDER: Final = "/etc/NetworkManager/system-connections/"

Built = Literal["ethernet", "bond", "team", "vlan", "bridge", "loopback", "other"]
_KINDS: Final[dict[str, Built]] = {
    "ethernet": "ethernet",
    "802-3-ethernet": "ethernet",
    "bond": "bond",
    "team": "team",
    "vlan": "vlan",
    "bridge": "bridge",
    "loopback": "loopback",
}
_ETHERNET: Final = ("ethernet", "802-3-ethernet")
_ADDRESS: Final = re.compile("address(?:es)?[0-9]{0,9}")
_SPLIT: Final = re.compile("[,; ]")


def keyfile_interfaces(guest: GuestReader, files: Sequence[str]) -> tuple[Interface, ...]:
    """Return an interface for each keyfile among `files`; one that cannot be read or is no profile is left out."""
    return tuple(
        _interface(path, document)
        for path in files[:LIMIT]
        if path.startswith(FOLDER)
        and isinstance(document := parsed(guest, path, sections.parse_keyfile), Sections)
        and connection_kind(document)
    )


def connection_kind(document: Sections) -> str | None:
    """Return what `connection.type` says."""
    return document.get("connection", "type")


def is_part(document: Sections) -> bool:
    """Whether a bond, bridge or team is made of this connection (`master`, since 1.46 `controller`)."""
    return bool(document.get("connection", "master") or document.get("connection", "controller"))


def is_ethernet(document: Sections) -> bool:
    """Whether this is a profile of wired cards."""
    return connection_kind(document) in _ETHERNET


def bound_to(document: Sections) -> tuple[str | None, str | None]:
    """Return name and MAC of the card that the profile is bound to; None where it takes any.

    A pattern, path or driver of `[match]` stands for the name.
    """
    name = document.get("connection", "interface-name") or next(
        (value for key in ("interface-name", "path", "driver") if (value := document.get("match", key))), None
    )
    macs = (document.get(section, "mac-address") for section in _ETHERNET)
    return name or None, next((mac for mac in macs if mac), None)


def _interface(path: str, document: Sections) -> Interface:
    name, mac = bound_to(document)
    addresses, gateway = _addresses(document, "ipv4")
    addresses6, gateway6 = _addresses(document, "ipv6")
    return Interface(
        name=plain(name or "*"),
        method=_method(document),
        addresses=tuple(map(plain, (*addresses, *addresses6))),
        gateway=plain(gateway) if gateway else None,
        gateway6=plain(gateway6) if gateway6 else None,
        nameservers=tuple(map(plain, (*_words(document, "ipv4", "dns"), *_words(document, "ipv6", "dns")))),
        search=tuple(
            map(plain, (*_words(document, "ipv4", "dns-search"), *_words(document, "ipv6", "dns-search")))
        ),
        mac=plain(mac) if mac else None,
        kind=_KINDS.get(connection_kind(document) or "", "other"),
        source=plain(path),
        line=1,
    )


def _method(document: Sections) -> Literal["static", "dhcp", "manual"]:
    """A part of a bond, bridge or team has no address of its own, whatever is left of one in its profile."""
    if is_part(document):
        return "manual"
    if "manual" in (document.get("ipv4", "method"), document.get("ipv6", "method")):
        return "static"
    return "dhcp" if document.get("ipv4", "method") in ("auto", None) else "manual"


def _addresses(document: Sections, family: str) -> tuple[tuple[str, ...], str | None]:
    """Return addresses and gateway of `address1=10.0.0.5/24,10.0.0.1`; older files write `;` and `,` otherwise."""
    gateway = document.get(family, "gateway")
    found: list[str] = []
    for entry in document.entries(family):
        if _ADDRESS.fullmatch(entry.key):
            words = [word for word in _SPLIT.split(entry.value) if word]
            if len(words) > 1 and "/" not in words[0] and words[1].isdigit():
                words = [f"{words[0]}/{words[1]}", *words[2:]]
            found += words[:1]
            gateway = gateway or next((word for word in words[1:2] if _is_gateway(word)), None)
    return tuple(found), gateway


def _is_gateway(word: str) -> bool:
    """Old NetworkManager wrote 0.0.0.0 where there is none."""
    try:
        return not ipaddress.ip_address(word).is_unspecified
    except ValueError:
        return False


def _words(document: Sections, family: str, key: str) -> Iterator[str]:
    yield from (word for word in _SPLIT.split(document.get(family, key) or "") if word)
