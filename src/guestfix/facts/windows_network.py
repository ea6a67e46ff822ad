r"""How a Windows gets its addresses, and whether it lets remote desktop in.

Sources: cloudbase/coriolis osmorphing/windows.py (TCP/IP keys), kubev2v/forklift (the same as PowerShell),
Microsoft "prepare a Windows VHD to upload to Azure" (remote desktop, firewall), and the rules in a real hive.
"""

from __future__ import annotations

from typing import Final

from guestfix.facts.base import Unknown
from guestfix.facts.reading import plain
from guestfix.facts.windows_model import WindowsInterface
from guestfix.facts.windows_registry import Registry, attempt, flag, number, strings, subkeys, text_or_none
from guestfix.registry import Key, Value

INTERFACES: Final = r"Services\Tcpip\Parameters\Interfaces"
NET_CLASS: Final = "{4D36E972-E325-11CE-BFC1-08002BE10318}"
FIREWALL: Final = r"Services\SharedAccess\Parameters\FirewallPolicy"

OPEN_PORTS: Final = r"StandardProfile\GloballyOpenPorts\List"
REMOTE_DESKTOP_PORT: Final = "3389:TCP"
"""The firewall of XP and 2003 lists ports: port:protocol:scope:state:name (Microsoft, KB 875357)."""

REMOTE_DESKTOP_GROUP: Final = "@FirewallAPI.dll,-28752"
"""The group of the built-in rules, named by a resource and so in no language (Get-NetFirewallRule -Group)."""


def interfaces(registry: Registry) -> tuple[WindowsInterface, ...]:
    """Return the interfaces of every control set that have an address or ask for one."""
    found: list[WindowsInterface] = []
    for control_set in registry.sets:
        for key in subkeys(registry.in_set(INTERFACES, control_set)):
            said = number(key, "EnableDHCP")
            if isinstance(said, int):
                found.append(_interface(registry, control_set, key, dhcp=said != 0))
    return tuple(found)


def _interface(registry: Registry, control_set: str, key: Key, *, dhcp: bool) -> WindowsInterface:
    connection = registry.in_set(f"Control\\Network\\{NET_CLASS}\\{key.name}\\Connection", control_set)
    name = text_or_none(connection, "Name")
    servers = text_or_none(key, "NameServer")
    return WindowsInterface(
        guid=plain(key.name),
        name=name if isinstance(name, str) else "",
        dhcp=dhcp,
        addresses=_real(strings(key, "IPAddress")),
        masks=_real(strings(key, "SubnetMask")),
        gateways=strings(key, "DefaultGateway"),
        nameservers=tuple(servers.replace(",", " ").split()) if isinstance(servers, str) else (),
        control_set=control_set,
    )


def _real(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """0.0.0.0 stands for no address where DHCP was chosen later."""
    return tuple(address for address in addresses if address.strip("0."))


def remote_desktop(registry: Registry) -> bool | Unknown:
    """Whether remote desktop is on; it is off if nothing is said."""
    denied = flag(registry.in_set(r"Control\Terminal Server"), "fDenyTSConnections", default=True)
    return denied if isinstance(denied, Unknown) else not denied


def remote_desktop_policy(registry: Registry) -> bool | None:
    """Return what a policy says instead; None: nothing."""
    key = registry.in_software(r"Policies\Microsoft\Windows NT\Terminal Services")
    denied = number(key, "fDenyTSConnections")
    return None if denied is None or isinstance(denied, Unknown) else denied == 0


def firewall_lets_remote_desktop_in(registry: Registry) -> bool | Unknown:
    """Whether a rule of the remote desktop group is active, or a port list of XP and 2003 opens 3389."""
    rules = registry.in_set(rf"{FIREWALL}\FirewallRules")
    if isinstance(rules, Unknown):
        return rules
    if rules is None:
        said = text_or_none(registry.in_set(rf"{FIREWALL}\{OPEN_PORTS}"), REMOTE_DESKTOP_PORT)
        off = flag(registry.in_set(rf"{FIREWALL}\StandardProfile"), "EnableFirewall", default=True) is False
        return said if isinstance(said, Unknown) else off or is_open(said or "")
    values = attempt(rules.values)
    if isinstance(values, Unknown):
        return values
    return any(opens_remote_desktop(value) for value in values)


def is_open(port: str) -> bool:
    """Whether an entry of a list of ports, or none, opens its port."""
    return ":enabled:" in port.lower()


def opens_remote_desktop(value: Value) -> bool:
    """Whether this value of FirewallRules is a rule of the remote desktop group that is on."""
    words = (value.text or "").split("|")
    return f"EmbedCtxt={REMOTE_DESKTOP_GROUP}" in words and "Active=TRUE" in words and "Action=Allow" in words
