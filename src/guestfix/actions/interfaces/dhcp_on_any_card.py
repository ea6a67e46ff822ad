"""`dhcp_on_any_card`: bring up every wired card by DHCP, whatever its name."""

from __future__ import annotations

from pydantic import Field

from guestfix.changes import Note
from guestfix.formats.interfaces import Interfaces
from guestfix.formats.interfaces_edit import append
from guestfix.rules.action import Edited, Params, Scope, Step

LOGICAL = "guestfix"
"""Name of the logical interface that every card is mapped to."""

SETTLE = "guestfix-settle"
"""No interface has this name; that it is listed makes networking wait until udev has seen every card."""


class DhcpOnAnyCard(Params):
    """Which names cards may have."""

    cards: tuple[str, ...] = Field(
        min_length=1, description="Patterns of card names, for example en* (ifupdown 0.8.20 or later)"
    )


def run(document: Interfaces, params: DhcpOnAnyCard, scope: Scope, path: str) -> Edited[Interfaces]:
    """Return the file with one logical DHCP interface that all present cards are mapped to.

    `auto /en*=guestfix` expands to the cards that are there when networking.service starts. That waits for udev
    only where `ifquery --list` names an interface besides lo (ifupdown-pre.service), and before udev is done a
    pattern names none: hence one that always has a name, for which `ifup` does nothing (a Debian 11 with its
    network driver outside of the initramfs sent no packet without it).
    """
    if any(iface.name == LOGICAL for iface in document.ifaces):
        return Edited(document, why_not="every wired card is brought up by DHCP already")
    names = " ".join(f"/{pattern}={LOGICAL}" for pattern in params.cards)
    edited = append(
        document,
        [
            "# guestfix: DHCP on whatever wired card is there",
            f"auto {SETTLE} {names}",
            f"iface {SETTLE} inet manual",
            f"iface {LOGICAL} inet dhcp",
        ],
    )
    return Edited(edited, notes=(Note(text=f"DHCP on every card named {' or '.join(params.cards)}"),))


ACTION = Step(summary="Bring up every wired card by DHCP, whatever its name", params=DhcpOnAnyCard, run=run)
