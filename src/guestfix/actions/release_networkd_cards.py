"""`release_networkd_cards`: move the .network files of wired cards aside."""

from __future__ import annotations

from collections.abc import Sequence

from guestfix.actions._network import built_finding, gives_way
from guestfix.changes import Evidence, Note
from guestfix.facts.network_networkd import asks_dhcp, card_names, is_part, networkd_documents, values
from guestfix.formats.sections import Sections
from guestfix.rules.action import Outcome, Params, Proposal, Scope, Verb
from guestfix.rules.paths import matching
from guestfix.untrusted import shown

_ANY_NAME = ("*", "e*", "en*", "eth*")
_OTHERS = ("Kind", "WLANInterfaceType", "SSID", "BSSID")
_PINS = ("MACAddress", "PermanentMACAddress", "Path", "Driver", "Property")


class ReleaseNetworkdCards(Params):
    """It has no parameters: /etc/systemd/network is looked at; what is built of cards stays, and is reported."""


def _run(params: ReleaseNetworkdCards, scope: Scope) -> Outcome:
    """A file without `[Match]` is for every interface in systemd before 243, so it cannot be left as comments."""
    made = {
        values(networkd_documents(scope.guest, path), "NetDev", "Name")[-1:]: path
        for path in matching(scope.guest, "/etc/systemd/network/*.netdev")
    }
    names = {name for found in made for name in found}
    flat = gives_way(scope)
    built = [Evidence(path=path, value=shown("".join(name))) for name, path in made.items()]
    proposals: list[Proposal] = []
    for path in matching(scope.guest, "/etc/systemd/network/*.network"):
        documents = networkd_documents(scope.guest, path)
        if is_part(documents) or (flat and not names.isdisjoint(card_names(documents))):
            built.append(Evidence(path=path, value=shown(" ".join(card_names(documents)))))
        elif _is_old_card(documents, names):
            text = f"it is for the old card {shown(' '.join(card_names(documents)) or 'by its MAC')}"
            proposals.append(Proposal(path, None, (Note(text=text),)))
    why_not = "" if proposals or built else "no .network file is for an old wired card"
    if flat:
        proposals += [Proposal(each.path, None, (Note(text=f"{each.value} gives way to DHCP"),)) for each in built]
        built = []
    return Outcome(tuple(proposals), built_finding(built), why_not)


def _is_old_card(documents: Sequence[Sections], made: set[str]) -> bool:
    """Whether the file is for wired cards, and for certain ones or with a fixed address."""
    cards = card_names(documents)
    type_ = values(documents, "Match", "Type")[-1:]
    if not documents or set(cards) & made or any(values(documents, "Match", key) for key in _OTHERS):
        return False
    if type_ not in ((), ("ether",)) or not all(each.startswith(("e", "*")) for each in cards):
        return False
    static = values(documents, "Network", "Address") or values(documents, "Address", "Address")
    pinned = any(values(documents, "Match", key) for key in _PINS)
    any_name = all(each in _ANY_NAME for each in cards)
    return bool(static) or pinned or not any_name or not asks_dhcp(documents)


ACTION = Verb("Move the .network files of old wired cards aside", ReleaseNetworkdCards, _run)
