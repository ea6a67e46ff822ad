"""Interfaces as systemd-networkd configures them, systemd.network(5) and systemd.netdev(5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from guestfix.facts.model import Interface
from guestfix.facts.reading import names, parsed, plain
from guestfix.formats import sections
from guestfix.formats.sections import Sections
from guestfix.guest.protocol import GuestReader

LIMIT: Final = 200
"""Files that are read, drop-ins among them."""

Built = Literal["ethernet", "bond", "vlan", "bridge", "loopback", "other"]
_KINDS: Final[dict[str, Built]] = {"bond": "bond", "vlan": "vlan", "bridge": "bridge"}
_PART: Final = ("Bond", "Bridge", "VRF", "BatmanAdvanced")
_DYNAMIC: Final = ("yes", "true", "1", "on", "y", "t", "ipv4", "ipv6", "both", "v4", "v6")


def networkd_interfaces(guest: GuestReader, files: Sequence[str]) -> tuple[Interface, ...]:
    """Return an interface for each .network file, and for each .netdev the device that it makes."""
    documents = [(path, networkd_documents(guest, path)) for path in files[:LIMIT] if path.endswith(".network")]
    made = dict(_netdevs(guest, files))
    found = [_interface(path, each, made) for path, each in documents if each]
    named = {interface.name for interface in found}
    for name, (kind, path) in made.items():
        if name not in named:
            found.append(
                Interface(name=plain(name), method="manual", kind=kind, source=plain(path), line=1),
            )
    return tuple(found)


def networkd_documents(guest: GuestReader, path: str) -> tuple[Sections, ...]:
    """Return the file and its drop-ins, in the order in which they amend each other."""
    folder = f"{path}.d"
    paths = [path, *(f"{folder}/{name}" for name in names(guest, folder) if name.endswith(".conf"))]
    documents = (parsed(guest, each, sections.parse_unit) for each in paths[:LIMIT])
    return tuple(each for each in documents if isinstance(each, Sections))


def values(documents: Iterable[Sections], section: str, key: str) -> tuple[str, ...]:
    """Return all values of `key`, over all `documents`; an empty one takes back those before it."""
    found: list[str] = []
    for document in documents:
        for entry in document.entries(section, key):
            found = [*found, entry.value] if entry.value else []
    return tuple(found)


def is_part(documents: Sequence[Sections]) -> bool:
    """Whether the cards of this file belong to a bond, bridge or VRF, or carry VLANs and the like."""
    keys = (*_PART, "VLAN", "MACVLAN", "IPVLAN", "MACVTAP", "VXLAN", "Tunnel")
    return any(values(documents, "Network", key) for key in keys)


def asks_dhcp(documents: Sequence[Sections]) -> bool:
    """Whether the file asks for a lease."""
    said = values(documents, "Network", "DHCP")
    return bool(said) and said[-1].lower() in _DYNAMIC


def card_names(documents: Sequence[Sections]) -> tuple[str, ...]:
    """Return the names and patterns of `[Match] Name=`."""
    return tuple(word for value in values(documents, "Match", "Name") for word in value.split())


def interface_name(documents: Sequence[Sections]) -> str:
    """Return the names of `[Match]`; without, what else it matches by; * for any card, and for a MAC."""
    others = (
        f"{key}={value}" for key in ("Path", "Driver", "Property") for value in values(documents, "Match", key)
    )
    return " ".join(card_names(documents)) or next(others, "*")


def _kind(documents: Sequence[Sections]) -> Built:
    """A file is for wired cards unless it asks for another type, or for devices that are not of hardware."""
    other = values(documents, "Match", "Type")[-1:] not in ((), ("ether",))
    keys = ("Kind", "WLANInterfaceType", "SSID", "BSSID")
    return "other" if other or any(values(documents, "Match", key) for key in keys) else "ethernet"


def _netdevs(guest: GuestReader, files: Sequence[str]) -> Iterator[tuple[str, tuple[Built, str]]]:
    for path in [each for each in files if each.endswith(".netdev")][:LIMIT]:
        documents = networkd_documents(guest, path)
        name, kind = values(documents, "NetDev", "Name"), values(documents, "NetDev", "Kind")
        if name and kind:
            yield name[-1], (_KINDS.get(kind[-1], "other"), path)


def _interface(path: str, documents: Sequence[Sections], made: dict[str, tuple[Built, str]]) -> Interface:
    name = interface_name(documents)
    addresses = (*values(documents, "Network", "Address"), *values(documents, "Address", "Address"))
    gateways = (*values(documents, "Network", "Gateway"), *values(documents, "Route", "Gateway"))
    macs = [word for key in ("MACAddress", "PermanentMACAddress") for word in values(documents, "Match", key)]
    kind: Built = "loopback" if name == "lo" else made[name][0] if name in made else _kind(documents)
    return Interface(
        name=plain(name),
        method="static" if addresses else "dhcp" if asks_dhcp(documents) else "manual",
        addresses=tuple(map(plain, addresses)),
        gateway=next((plain(each) for each in gateways if ":" not in each and not each.startswith("_")), None),
        gateway6=next((plain(each) for each in gateways if ":" in each), None),
        nameservers=tuple(plain(word) for value in values(documents, "Network", "DNS") for word in value.split()),
        search=tuple(plain(word) for value in values(documents, "Network", "Domains") for word in value.split()),
        mac=plain(macs[0]) if macs else None,
        kind=kind,
        source=plain(path),
        line=1,
    )
