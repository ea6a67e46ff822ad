"""`release_cards`: switch off what a netplan file says about wired cards under their old names and addresses."""

from __future__ import annotations

from guestfix.actions._network import built_finding, gives_way
from guestfix.changes import Evidence, Note
from guestfix.facts.network_netplan import netplan_devices, netplan_parts
from guestfix.formats.netplan import Definition, Netplan
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown

_BUILT = ("bonds", "bridges", "vlans", "vrfs")
_ANY_NAME = ("*", "e*", "en*", "eth*")


class ReleaseCards(Params):
    """It has no parameters: cards are released; what is built of cards stays with them, and is reported."""


def run(document: Netplan, params: ReleaseCards, scope: Scope, path: str) -> Edited[Netplan]:
    """Return the file with its wired cards as comments. A card that any of netplan's files builds on stays.

    Raises CannotEdit where cards share lines with something else.
    """
    built = [each for each in document.definitions if each.kind in _BUILT]
    flat = gives_way(scope)
    findings = built_finding(
        Evidence(path=path, line=each.node.first, value=shown(f"{each.kind}: {each.id}"))
        for each in ([] if flat else built)
    )
    files = next((system.files for system in scope.facts.network.systems if system.name == "netplan"), (path,))
    parts = netplan_parts(netplan_devices(scope.guest, files))
    cards = [each for each in document.definitions if each.kind == "ethernets" and each.id != "lo"]
    doomed = [each for each in cards if (flat or each.id not in parts) and not _takes_any_card(each)]
    doomed += built if flat else []
    if not doomed:
        any_card = any(map(_takes_any_card, cards))
        why = "any wired card is brought up by DHCP already" if any_card else "no wired card is to be released"
        return Edited(document, findings=findings, why_not=why)
    notes = tuple(Note(line=each.node.first, text=f"{shown(each.id)} is switched off") for each in doomed)
    return Edited(document.comment_out(doomed), notes=notes, findings=findings)


def _takes_any_card(card: Definition) -> bool:
    items = card.node.items
    match = items.get("match")
    if match is None or not items.get("dhcp4") or not items["dhcp4"].true or "addresses" in items:
        return False
    name = match.items.get("name")
    return match.items.keys() <= {"name"} and (name is None or name.text in _ANY_NAME)


ACTION = Step(summary="Switch off what names the old wired cards", params=ReleaseCards, run=run)
