"""firewalld: the zone that a new connection falls into, and whether it lets SSH in; firewalld.zone(5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from guestfix.facts.base import Flag, Unknown
from guestfix.facts.firewall_walk import Found
from guestfix.facts.reading import names, text
from guestfix.guest.protocol import GuestReader

_ZONES: Final = ("/usr/lib/firewalld/zones", "/etc/firewalld/zones")
"""What the second has hides what the first has under the same name."""
_MOST_FILES: Final = 32
_LARGEST: Final = 1 << 20
_PROFILES: Final = (
    ("/etc/NetworkManager/system-connections", "zone", "interface-name|mac-address"),
    ("/etc/sysconfig/network-scripts", "ZONE", "DEVICE|HWADDR"),
    ("/etc/sysconfig/network", "ZONE", "DEVICE"),
)
"""Folders of connection profiles, and their words for zone and card; the last is wicked's."""
_BINDING: Final = re.compile(r"<(?:source\s[^>]{0,200}(?:address|mac|ipset)=|interface\s[^>]{0,200}name=)")


def firewalld(guest: GuestReader, port: int) -> Found | None:
    """Return what becomes of a new connection to `port`, by the zone that it falls into."""
    zone = _default_zone(guest)
    zones = _zones(guest)
    if zone not in zones:
        why = f"the zone {zone} has no file"
        return Found(Unknown(unknown=why), why, "/etc/firewalld/firewalld.conf")
    if (other := next((path for path, _, _ in zones_of_profiles(guest)), None)) is not None:
        why = f"{other} puts a card into another zone than {zone}"
        return Found(Unknown(unknown=why), why, other)
    source = zones[zone]
    passes, why = _zone_passes(text(guest, source, _LARGEST) or "", port, zone)
    if (bound := _bound_otherwise(guest, zones, zone, port, passes)) is not None:
        why = f"the zone {bound} is for some addresses or cards, and decides otherwise than {zone}"
        return Found(Unknown(unknown=why), why, zones[bound])
    return Found(passes, why, source)


def zones_of_cards(guest: GuestReader) -> tuple[str, ...]:
    """Return the files of all zones but the default one, which what is in no zone is in as well."""
    default = _default_zone(guest)
    return tuple(path for zone, path in _zones(guest).items() if zone != default)


def _default_zone(guest: GuestReader) -> str:
    settings = text(guest, "/etc/firewalld/firewalld.conf") or ""
    chosen = re.search(r"^DefaultZone=([A-Za-z0-9_-]{1,64})", settings, re.MULTILINE)
    return chosen[1] if chosen else "public"


def _zones(guest: GuestReader) -> Mapping[str, str]:
    """Return the file of each zone."""
    return {
        name.removesuffix(".xml"): f"{folder}/{name}"
        for folder in _ZONES
        for name in names(guest, folder)[:_MOST_FILES]
        if name.endswith(".xml")
    }


def _bound_otherwise(
    guest: GuestReader, zones: Mapping[str, str], default: str, port: int, passes: Flag
) -> str | None:
    """Return the first zone with sources or cards of its own that does not decide as the default one does."""
    for zone, path in zones.items():
        said, _ = _parted(text(guest, path, _LARGEST) or "", "<!--", "-->")
        outside, _ = _parted(said, "<rule", "</rule>")
        if zone != default and _BINDING.search(outside) and _zone_passes(said, port, zone)[0] != passes:
            return zone
    return None


def _zone_passes(said: str, port: int, zone: str) -> tuple[Flag, str]:
    """Elements are looked for by their text: an XML parser would do what the file's entities say."""
    said, _ = _parted(said, "<!--", "-->")
    plain, rich = _parted(said, "<rule", "</rule>")
    if re.search(r"<zone\b[^>]{0,200}\btarget=[\"']ACCEPT", plain) or _names_port(plain, port):
        return True, f"the zone {zone} lets it in"
    if any(_names_port(rule, port) and "<accept" in rule for rule in rich):
        return Unknown(unknown="a rich rule lets it in, perhaps from some addresses only"), f"the zone {zone}"
    return False, f"the default zone {zone} does not let it in; a card of a new name is in no other"


def _parted(said: str, opens: str, closes: str) -> tuple[str, list[str]]:
    """Return the text outside of all that stands between two marks, and what stands there; in one pass."""
    outside: list[str] = []
    inside: list[str] = []
    at = 0
    while (begin := said.find(opens, at)) >= 0 and (end := said.find(closes, begin)) >= 0:
        outside.append(said[at:begin])
        inside.append(said[begin:end])
        at = end + len(closes)
    return "".join((*outside, said[at:])), inside


def _names_port(said: str, port: int) -> bool:
    if port == 22 and re.search(r"<service\b[^>]{0,200}\bname=[\"']ssh[\"']", said):
        return True
    for element in re.findall(r"<port\b[^>]{0,200}>", said):
        found = re.search(r"\bport=[\"'](\d{1,5})(?:-(\d{1,5}))?[\"']", element)
        if found and "tcp" in element and int(found[1]) <= port <= int(found[2] or found[1]):
            return True
    return False


def zones_of_profiles(guest: GuestReader) -> Iterator[tuple[str, int, str]]:
    """Yield the connection profiles that name another zone than the default one: file, line of it, card or MAC."""
    default = _default_zone(guest)
    for folder, key, card in _PROFILES:
        for name in names(guest, folder)[:_MOST_FILES]:
            said = text(guest, f"{folder}/{name}") or ""
            found = re.search(rf"^{key}=[\"']?([A-Za-z0-9_-]+)", said, re.MULTILINE)
            if found and found[1] != default:
                named = re.search(rf"^(?:{card})=[\"']?([A-Za-z0-9_.:-]+)", said, re.MULTILINE)
                line = said.count("\n", 0, found.start()) + 1
                yield f"{folder}/{name}", line, named[1] if named else name.removeprefix("ifcfg-")
