"""How a guest gets its addresses: which systems are installed, which one is in charge, and what they say.

In charge is what is *enabled*, in the order in which they override each other; files of a system that nothing
starts mean nothing. cloud-init writes the files of another system, which then is in charge; where it finds no data
source on the new platform, it does not even run (ds-identify), and those files stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from guestfix.facts.model import Interface, Network, NetworkSystem, Text, Unknown
from guestfix.facts.network_ifcfg import ifcfg_interfaces
from guestfix.facts.network_interfaces import ifupdown_files, ifupdown_interfaces
from guestfix.facts.network_keyfile import keyfile_interfaces
from guestfix.facts.network_netplan import netplan_interfaces, netplan_renderer
from guestfix.facts.network_networkd import networkd_interfaces
from guestfix.facts.network_systems import SYSTEMS, Signs
from guestfix.facts.operating_system import init_system
from guestfix.facts.reading import exists, is_file, names, text
from guestfix.facts.services import Services, services
from guestfix.guest.protocol import GuestReader

_CLOUD_DISABLED: Final = re.compile(
    r"^network:\s{0,40}(?:\{\s{0,40})?config:\s{0,40}[\"']?disabled\b", re.MULTILINE
)
_MOST_FILES: Final = 200

_CLIENTS: Final = (
    ("dhclient", ("/sbin/dhclient", "/usr/sbin/dhclient")),
    ("dhcpcd", ("/sbin/dhcpcd", "/usr/sbin/dhcpcd")),
    ("udhcpc", ("/sbin/udhcpc", "/usr/sbin/udhcpc", "/usr/bin/udhcpc")),
)
_OWN_CLIENT: Final = frozenset({"NetworkManager", "systemd-networkd", "wicked", "dhcpcd"})


def network(guest: GuestReader) -> Network:
    """Return the facts on the network configuration. Names of interfaces are those of the old platform."""
    asked = frozenset(service for signs in SYSTEMS for service in signs.services)
    started = services(guest, init_system(guest), asked)
    systems = tuple(_system(guest, signs, started) for signs in SYSTEMS if exists(guest, *signs.installed))
    interfaces = {system.name: _interfaces(guest, system) for system in systems if system.enabled is True}
    in_charge = _in_charge(systems, interfaces)
    return Network(
        systems=systems,
        in_charge=in_charge,
        interfaces=interfaces.get(in_charge, ()) if isinstance(in_charge, str) else (),
        dhcp_client=_client(guest, in_charge, systems),
    )


def _system(guest: GuestReader, signs: Signs, started: Services) -> NetworkSystem:
    files = tuple(_files(guest, signs))[:_MOST_FILES]
    starter = started.starts(*signs.services) or next((path for path in signs.hooks if exists(guest, path)), None)
    why = f"started by {starter}"
    if starter is None:
        masked = sorted(started.masked.intersection(signs.services))
        why = f"{masked[0]} is masked" if masked else "installed, and nothing starts it"
    elif signs.name == "cloud-init" and (switch := _cloud_switch(guest, files)):
        starter, why = None, f"switched off by {switch}"
    elif signs.name == "netplan" and not files:
        starter, why = None, "installed, with no file to read"
    return NetworkSystem(name=signs.name, enabled=starter is not None, files=files, why=why)


def _cloud_switch(guest: GuestReader, files: Sequence[str]) -> str | None:
    """Return the file that keeps cloud-init from the network: everything of it, or this part of it."""
    off = "/etc/cloud/cloud-init.disabled"
    if exists(guest, off):
        return off
    return next((path for path in files if _CLOUD_DISABLED.search(text(guest, path) or "")), None)


def _files(guest: GuestReader, signs: Signs) -> Iterator[str]:
    if signs.name == "ifupdown":
        yield from ifupdown_files(guest)
    for folder in signs.folders:
        for name in names(guest, folder.path):
            if folder.takes(name) and is_file(guest, f"{folder.path}/{name}"):
                yield f"{folder.path}/{name}"


def _interfaces(guest: GuestReader, system: NetworkSystem) -> tuple[Interface, ...]:
    match system.name:
        case "ifupdown":
            return ifupdown_interfaces(guest)
        case "netplan":
            return netplan_interfaces(guest, system.files)
        case "systemd-networkd":
            return networkd_interfaces(guest, system.files)
        case "NetworkManager":
            return (*keyfile_interfaces(guest, system.files), *ifcfg_interfaces(guest, system.files))
    return ifcfg_interfaces(guest, system.files)


def _in_charge(systems: Sequence[NetworkSystem], interfaces: dict[str, tuple[Interface, ...]]) -> Text:
    enabled = [system for system in systems if system.enabled is True and system.name != "cloud-init"]
    if not enabled:
        return Unknown(unknown="no network system that we know is enabled")
    with_cards = {name for name, found in interfaces.items() if any(each.kind != "loopback" for each in found)}
    if "ifupdown" in with_cards:
        # NetworkManager leaves alone what /etc/network/interfaces names (its ifupdown plugin, managed=false).
        enabled = [system for system in enabled if system.name != "NetworkManager"]
    speaking = [each for each in enabled if each.name in with_cards or _speaks_without_interfaces(each)]
    return (speaking or enabled)[0].name


def _speaks_without_interfaces(system: NetworkSystem) -> bool:
    if system.name in ("NetworkManager", "dhcpcd"):
        return True
    return system.name in ("netplan", "systemd-networkd") and bool(system.files)


def _client(guest: GuestReader, in_charge: Text, systems: Sequence[NetworkSystem]) -> Text:
    if in_charge == "netplan":
        files = next((system.files for system in systems if system.name == "netplan"), ())
        return "NetworkManager" if netplan_renderer(guest, files) == "NetworkManager" else "systemd-networkd"
    if isinstance(in_charge, str) and in_charge in _OWN_CLIENT:
        return in_charge
    for name, places in _CLIENTS:
        if exists(guest, *places):
            return name
    return Unknown(unknown="no DHCP client that we know is installed")
