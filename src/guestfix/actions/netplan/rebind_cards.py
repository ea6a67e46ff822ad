"""`rebind_cards`: keep what netplan says about cards, for the new ones in place of the old ones."""

from __future__ import annotations

from guestfix.actions._binding import Binding, binding_of
from guestfix.actions._network import built_finding
from guestfix.changes import Evidence, Note
from guestfix.facts.network_netplan import device_name
from guestfix.formats.netplan import Definition, Netplan
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown

_BUILT = ("bonds", "bridges", "vlans", "vrfs")


class RebindCards(Params):
    """It has no parameters: the new card follows from `--nic`, or from the order of the cards."""


def run(document: Netplan, params: RebindCards, scope: Scope, path: str) -> Edited[Netplan]:
    """Return the file with another `match:` in each card's definition; its id, and what refers to it, stays.

    Raises CannotEdit for a definition in one line.
    """
    findings = built_finding(
        Evidence(path=path, line=each.node.first, value=shown(f"{each.kind}: {each.id}"))
        for each in document.definitions
        if each.kind in _BUILT
    )
    edited = document
    notes: list[Note] = []
    for each in document.definitions:
        new = _new_card(scope, each)
        if new is None:
            continue
        key, value = ("macaddress", new.mac) if new.mac else ("name", "e*" if new.alone else new.name)
        wanted = {key: value}
        if new.alone and not new.mac and scope.facts.network.dhcp_client == "NetworkManager":
            # Its renderer takes no pattern before netplan 0.100 (pull request 84); an empty match is any card.
            wanted, value = {}, "any wired card"
        match = each.node.items.get("match")
        if match is not None and match.data() == wanted:
            continue
        # A card that is known by its MAC may still be given the old name.
        drop = ("macaddress",) if new.mac else ("set-name", "macaddress")
        written = f'{{{key}: "{value}"}}' if wanted else "{}"
        edited = edited.with_child(each.id, "match", written, drop=drop)
        notes.append(Note(line=each.node.first, text=f"{shown(each.id)} keeps its settings, for the card {value}"))
    why_not = "" if notes or findings else f"{shown(path)} binds nothing to an old card"
    return Edited(edited, notes=tuple(notes), findings=findings, why_not=why_not)


def _new_card(scope: Scope, card: Definition) -> Binding | None:
    """Return the new card; the same name as in the facts: what `set-name`, `match` or the id says."""
    if card.kind != "ethernets":
        return None
    match = card.node.items.get("match")
    texts = {key: node.text for key, node in (match.items if match else {}).items()}
    set_name = card.node.items.get("set-name")
    name = device_name(card.id, match.data() if match else None, set_name.text if set_name else None)
    return binding_of(scope, name, texts.get("macaddress"))


ACTION = Step(summary="Keep the settings of cards, for the new ones", params=RebindCards, run=run)
