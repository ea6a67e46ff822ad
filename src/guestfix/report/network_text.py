"""How a guest gets its addresses: which system is in charge, and which interfaces are static."""

from __future__ import annotations

from guestfix.facts.model import Interface, Network, NetworkSystem
from guestfix.report.page import Block, Column, Fields, Line, Section, Style, Table, Words, joined, say
from guestfix.report.wording import known, neutral_flag

_METHOD_STYLE: dict[str, Style] = {"static": "warn", "dhcp": "good"}

_SYSTEM_COLUMNS = (Column("system"), Column("enabled"), Column("why"), Column("files"))
_INTERFACE_COLUMNS = (
    Column("interface"),
    Column("kind"),
    Column("method"),
    Column("addresses"),
    Column("gateway"),
    Column("name servers"),
    Column("MAC"),
    Column("configured in"),
)


def network(found: Network) -> Section:
    """Return the section on the network."""
    body: list[Block] = [
        Fields((("in charge", known(found.in_charge)), ("DHCP client", known(found.dhcp_client)))),
    ]
    if found.systems:
        body.append(Table(_SYSTEM_COLUMNS, tuple(_system(system) for system in found.systems)))
    if found.interfaces:
        body.append(Table(_INTERFACE_COLUMNS, tuple(_interface(item) for item in found.interfaces)))
    else:
        body.append(Line(say("No interface is configured by name.")))
    return Section(say("Network"), tuple(body))


def _system(system: NetworkSystem) -> tuple[Words, ...]:
    return (
        say(system.name),
        neutral_flag(system.enabled),
        say(system.why),
        joined(say(path) for path in system.files),
    )


def _interface(interface: Interface) -> tuple[Words, ...]:
    return (
        say(interface.name),
        say(interface.kind),
        say(interface.method, _METHOD_STYLE.get(interface.method, "")),
        joined(say(address) for address in interface.addresses),
        say(interface.gateway or ""),
        joined(say(server) for server in interface.nameservers),
        say(interface.mac or ""),
        say(f"{interface.source}:{interface.line}"),
    )
