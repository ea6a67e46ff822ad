"""Interfaces as the ifcfg files of Red Hat and SUSE configure them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from guestfix.facts.addresses import with_prefix
from guestfix.facts.model import Interface
from guestfix.facts.reading import parsed, plain
from guestfix.formats import shell_variables
from guestfix.formats.shell_variables import ShellVariables
from guestfix.guest.protocol import GuestReader

LIMIT: Final = 100
"""Files that are read."""

_ADDRESS: Final = re.compile("IPADDR(.*)")
_DYNAMIC: Final = ("dhcp", "bootp")

Method = Literal["static", "dhcp", "manual", "loopback", "other"]
Built = Literal["ethernet", "bond", "team", "vlan", "bridge", "loopback", "other"]


def ifcfg_interfaces(guest: GuestReader, files: Sequence[str]) -> tuple[Interface, ...]:
    """Return an interface for each ifcfg file among `files`; one that cannot be read is left out."""
    paths = [path for path in files if path.rpartition("/")[2].startswith("ifcfg-")][:LIMIT]
    return tuple(interface for path in paths for interface in _of_file(guest, path))


def _of_file(guest: GuestReader, path: str) -> Iterator[Interface]:
    variables = parsed(guest, path, shell_variables.parse)
    if not isinstance(variables, ShellVariables):
        return
    name = variables.get("DEVICE") or path.rpartition("/ifcfg-")[2]
    addresses = tuple(_addresses(variables))
    gateway = variables.get("GATEWAY")
    mac = variables.get("HWADDR") or variables.get("LLADDR")
    yield Interface(
        name=plain(name),
        method=_method(name, variables, addresses),
        addresses=tuple(map(plain, addresses)),
        gateway=plain(gateway) if gateway else None,
        gateway6=plain(gateway6) if (gateway6 := variables.get("IPV6_DEFAULTGW")) else None,
        search=tuple(map(plain, (variables.get("DOMAIN") or "").split())),
        nameservers=tuple(plain(value) for n in (1, 2, 3) if (value := variables.get(f"DNS{n}"))),
        mac=plain(mac) if mac else None,
        kind=_kind(name, variables),
        source=plain(path),
        line=1,
    )


def _addresses(variables: ShellVariables) -> Iterator[str]:
    """Red Hat numbers addresses (IPADDR0, PREFIX0), SUSE names them (IPADDR_1) and writes the prefix behind."""
    for name in variables.names:
        match = _ADDRESS.fullmatch(name)
        if match and (address := variables.get(name)):
            end = match[1]
            mask = (
                variables.get(f"PREFIX{end}") or variables.get(f"PREFIXLEN{end}") or variables.get(f"NETMASK{end}")
            )
            yield with_prefix(address, mask)
    for name in ("IPV6ADDR", "IPV6ADDR_SECONDARIES"):
        yield from (variables.get(name) or "").split()


def _method(name: str, variables: ShellVariables, addresses: Sequence[str]) -> Method:
    if name == "lo":
        return "loopback"
    said = variables.get("BOOTPROTO")
    if said is None and variables.is_assigned("BOOTPROTO"):
        return "other"
    protocol = (said or "none").lower()
    if protocol.startswith(_DYNAMIC):
        return "dhcp"
    if protocol in ("none", "static", "off"):
        return "static" if addresses else "manual"
    return "other"


def _kind(name: str, variables: ShellVariables) -> Built:
    if name == "lo":
        return "loopback"
    type_ = (variables.get("TYPE") or "").lower()
    yes = {each for each in variables.names if (variables.get(each) or "").lower() == "yes"}
    if type_ == "bond" or "BONDING_MASTER" in yes or variables.get("BONDING_OPTS") is not None:
        return "bond"
    if (variables.get("DEVICETYPE") or type_).lower() == "team" or {"TEAM_CONFIG", "TEAM_RUNNER"} & {
        *variables.names
    }:
        return "team"
    if type_ in ("bridge", "ovsbridge") or "BRIDGE" in yes:
        return "bridge"
    if type_ == "vlan" or "VLAN" in yes or variables.get("ETHERDEVICE") or "." in name:
        return "vlan"
    return "ethernet" if type_ in ("", "ethernet") else "other"
