"""Which new card each configured card becomes, where static settings are kept (`--set network=keep`).

From the neutral facts, for every network system alike. A card whose old MAC is known gets the MAC that `--nic`
gives for it; pairs that no configuration claims go to the cards without a MAC, in order. Without pairs an only one
is any card, and several are taken in the order of their old names, as eth0, eth1 and so on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from guestfix.facts.model import Interface
from guestfix.rules.action import Scope


@dataclass(frozen=True, slots=True)
class Binding:
    """One new card. `mac` None and `alone`: whatever wired card is there."""

    name: str
    """What it is to be called where names bind: lan0 for a card with a MAC (eth0 may be taken), else eth0."""
    mac: str | None
    alone: bool


def bindings(scope: Scope) -> Mapping[str, Binding]:
    """Return the new card by old name or, for what names only a MAC, by that MAC."""
    cards = _cards(scope.facts.network.interfaces)
    pairs = dict(scope.supplies.cards)
    new_macs = set(pairs.values())
    known = {mac for mac in cards.values() if mac}
    free = [new for old, new in pairs.items() if old not in known and new not in known]
    found: dict[str, Binding] = {}
    for at, (card, mac) in enumerate(cards.items()):
        new = mac if mac in new_macs else pairs.get(mac) if mac else free.pop(0) if free else None
        found[card] = Binding(f"lan{at}" if new else f"eth{at}", new, alone=len(cards) == 1)
    return found


def binding_of(scope: Scope, name: str | None, mac: str | None) -> Binding | None:
    """Return the new card of what is configured for this name and MAC; None if no facts speak of it."""
    found = bindings(scope)
    return found.get((name or "").partition(":")[0]) or found.get((mac or "").lower())


def _cards(interfaces: Iterable[Interface]) -> dict[str, str | None]:
    """Return the wired cards that ask for or have an address, by name or else by MAC, with their MACs."""
    found: dict[str, str | None] = {}
    for each in interfaces:
        if each.kind == "ethernet" and each.method in ("static", "dhcp"):
            mac = each.mac.lower() if each.mac else None
            name = each.name.partition(":")[0]
            card = name if name not in ("*", "") else mac or "*"
            found[card] = found.get(card) or mac
    return dict(sorted(found.items(), key=lambda card: natural(card[0])))


def natural(name: str) -> tuple[tuple[bool, int, str], ...]:
    """Return a key that sorts ens5 before ens192, as people count."""
    pieces = re.findall("[0-9]{1,18}|[^0-9]+", name)
    return tuple((piece.isdigit(), int(piece) if piece.isdigit() else 0, piece) for piece in pieces)
