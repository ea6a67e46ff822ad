"""Interfaces as netplan configures them, over all of its files together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from guestfix.facts.model import Interface
from guestfix.facts.reading import parsed, plain
from guestfix.formats import netplan as netplan_format
from guestfix.formats.netplan import Netplan
from guestfix.guest.protocol import GuestReader

LIMIT: Final = 100
"""Files that are read."""

DEFAULT: Final = frozenset({"default", "0.0.0.0/0", "::/0"})
"""What netplan calls the route to everywhere."""

Built = Literal["ethernet", "bond", "vlan", "bridge", "loopback", "other"]
_KINDS: Final[Mapping[str, Built]] = {
    "ethernets": "ethernet",
    "bonds": "bond",
    "vlans": "vlan",
    "bridges": "bridge",
}


@dataclass(frozen=True, slots=True)
class Device:
    """What all files together say about one device; `path` and `line` are where it is named first."""

    kind: str
    id: str
    said: Mapping[str, Any]
    path: str
    line: int


def netplan_order(files: Sequence[str]) -> tuple[str, ...]:
    """Return `files` as netplan reads them: by name; a name in /etc hides the same one in /usr/lib, netplan(5)."""
    by_name: dict[str, str] = {}
    for path in sorted(files, key=lambda each: each.startswith("/etc/")):
        by_name[path.rpartition("/")[2]] = path
    return tuple(by_name[name] for name in sorted(by_name))


def netplan_devices(guest: GuestReader, files: Sequence[str]) -> tuple[Device, ...]:
    """Return the devices of all `files`; one that cannot be read is left out.

    A later file adds keys, replaces plain values, and adds to lists (netplan(5), "General structure").
    """
    found: dict[tuple[str, str], Device] = {}
    for path in netplan_order(files)[:LIMIT]:
        document = parsed(guest, path, netplan_format.parse)
        for each in document.definitions if isinstance(document, Netplan) else ():
            key = (each.kind, each.id)
            said = each.node.data()
            said = said if isinstance(said, dict) else {}
            if (before := found.get(key)) is not None:
                found[key] = Device(each.kind, each.id, _merged(before.said, said), before.path, before.line)
            else:
                found[key] = Device(each.kind, each.id, said, path, each.node.first)
    return tuple(found.values())


def netplan_renderer(guest: GuestReader, files: Sequence[str]) -> str:
    """Return who configures the devices: `networkd`, unless the last file that speaks of it says otherwise."""
    documents = (parsed(guest, path, netplan_format.parse) for path in netplan_order(files)[:LIMIT])
    said = [each.renderer for each in documents if isinstance(each, Netplan) and each.renderer]
    return said[-1] if said else "networkd"


def netplan_parts(devices: Sequence[Device]) -> frozenset[str]:
    """Return the ids of devices that others are made of: a bond's and bridge's interfaces, a VLAN's link.

    A card is made of another one too, a virtual function (SR-IOV) of its `link`: if it is a part itself, both are.
    """
    parts: set[str] = set()
    waiting = [device for device in devices if device.kind != "ethernets"]
    while waiting:
        said = waiting.pop().said
        found = {*_texts(said.get("interfaces")), *_texts([said.get("link")])} - parts
        parts |= found
        waiting += [device for device in devices if device.kind == "ethernets" and device.id in found]
    return frozenset(parts)


def netplan_interfaces(guest: GuestReader, files: Sequence[str]) -> tuple[Interface, ...]:
    """Return an interface for each device that netplan's files define.

    One whose id is a pattern is left out: netplan refuses it ("must not use globbing"), and brings nothing up.
    """
    found = netplan_devices(guest, files)
    return tuple(_interface(each) for each in found if "match" in each.said or not set("*?[") & set(each.id))


def device_name(id_: str, match: object, set_name: str | None) -> str:
    """Return what the device is called: `set-name`, `match: name`, or its id; * for any card, and for a MAC."""
    if not isinstance(match, dict):
        return id_
    if set_name or (name := _text(match.get("name"))):
        return set_name or name or id_
    return "*" if match.keys() <= {"name", "macaddress"} else id_


def _interface(device: Device) -> Interface:
    said = device.said
    match = said.get("match")
    match = match if isinstance(match, dict) else None
    name = device_name(device.id, match, _text(said.get("set-name")))
    servers = said.get("nameservers")
    servers = servers if isinstance(servers, dict) else {}
    addresses = tuple(_addresses(said))
    routes = tuple(_default_routes(said))
    mac = _text((match or {}).get("macaddress")) or _text(said.get("macaddress"))
    return Interface(
        name=plain(name),
        method=_method(said, addresses),
        addresses=tuple(map(plain, addresses)),
        gateway=_plain(_text(said.get("gateway4")) or next((via for via in routes if ":" not in via), None)),
        gateway6=_plain(_text(said.get("gateway6")) or next((via for via in routes if ":" in via), None)),
        nameservers=tuple(map(plain, _texts(servers.get("addresses")))),
        search=tuple(map(plain, _texts(servers.get("search")))),
        mac=_plain(mac),
        kind="loopback" if name == "lo" else _KINDS.get(device.kind, "other"),
        source=plain(device.path),
        line=device.line,
    )


def _method(said: Mapping[str, Any], addresses: Sequence[str]) -> Literal["static", "dhcp", "manual"]:
    if addresses:
        return "static"
    true = ("true", "yes", "on", "y")
    return "dhcp" if any(str(said.get(each)).lower() in true for each in ("dhcp4", "dhcp6")) else "manual"


def _addresses(said: Mapping[str, Any]) -> Iterator[str]:
    """An address may be a mapping with its options: `- 10.0.0.5/24: {label: x}`."""
    for member in _list(said.get("addresses")):
        yield from [member] if isinstance(member, str) else list(member) if isinstance(member, dict) else []


def _default_routes(said: Mapping[str, Any]) -> Iterator[str]:
    for route in _list(said.get("routes")):
        if isinstance(route, dict) and route.get("to") in DEFAULT and isinstance(route.get("via"), str):
            yield route["via"]


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for key, value in new.items():
        before = merged.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            merged[key] = _merged(before, value)
        elif isinstance(before, list) and isinstance(value, list):
            merged[key] = [*before, *(each for each in value if each not in before)]
        else:
            merged[key] = value
    return merged


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [each for each in _list(value) if isinstance(each, str)]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _plain(value: str | None) -> str | None:
    return None if value is None else plain(value)
