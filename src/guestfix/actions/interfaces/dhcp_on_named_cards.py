"""`dhcp_on_named_cards`: bring up by DHCP the wired cards of certain names, for an ifupdown without patterns."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from guestfix.changes import Note
from guestfix.facts.network_interfaces import ifupdown_interfaces
from guestfix.formats.interfaces import Interfaces
from guestfix.formats.interfaces_edit import append
from guestfix.rules.action import Edited, Params, Scope, Step


class DhcpOnNamedCards(Params):
    """Which names the card may have."""

    cards: tuple[str, ...] = Field(min_length=1, description="Names of cards; the new one should be among them")
    by: Literal["auto", "allow-hotplug"] = Field(
        description="auto: at boot, where an absent card is an error; allow-hotplug: when udev sees the card"
    )


def run(document: Interfaces, params: DhcpOnNamedCards, scope: Scope, path: str) -> Edited[Interfaces]:
    """Return the file with a DHCP stanza for each name that has none yet in any file of ifupdown."""
    there = {interface.name for interface in ifupdown_interfaces(scope.guest)}
    there |= {iface.name for iface in document.ifaces}
    wanted = [name for name in params.cards if name not in there]
    if not wanted:
        return Edited(document, why_not=f"{', '.join(params.cards)}: each has a stanza already")
    added = [
        "# guestfix: DHCP on the wired card, whichever of these names it gets",
        f"{params.by} {' '.join(wanted)}",
    ]
    edited = append(document, [*added, *(f"iface {name} inet dhcp" for name in wanted)])
    return Edited(edited, notes=(Note(text=f"DHCP on a card named {' or '.join(wanted)}"),))


ACTION = Step(summary="Bring up wired cards of certain names by DHCP", params=DhcpOnNamedCards, run=run)
