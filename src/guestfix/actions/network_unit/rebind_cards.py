"""`rebind_cards`: keep what a .network file says, for the new card in place of the old one."""

from __future__ import annotations

from guestfix.actions._binding import binding_of
from guestfix.actions._network import built_finding
from guestfix.changes import Evidence, Note
from guestfix.facts.network_networkd import interface_name, is_part, values
from guestfix.formats.sections import Sections
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown

_PINS = ("Name", "OriginalName", "MACAddress", "PermanentMACAddress", "Path", "Driver", "Property")


class RebindCards(Params):
    """It has no parameters: the new card follows from `--nic`, or from the order of the cards."""


def run(document: Sections, params: RebindCards, scope: Scope, path: str) -> Edited[Sections]:
    """Return the file with another `[Match]`: the new MAC, any wired card if there is one alone, or the new name.

    Only the file itself is looked at: a drop-in that binds to a card besides it is rare, and stays.
    """
    name = interface_name([document])
    if is_part([document]):
        return Edited(document, findings=built_finding([Evidence(path=path, value=shown(name))]))
    macs = (*values([document], "Match", "MACAddress"), *values([document], "Match", "PermanentMACAddress"))
    new = binding_of(scope, name, macs[0] if macs else None)
    if new is None:
        return Edited(document, why_not=f"{shown(path)} is bound to no card that has an address")
    key, value = ("MACAddress", new.mac) if new.mac else ("Name", "e*" if new.alone else new.name)
    entries = [entry for pin in _PINS for entry in document.entries("Match", pin)]
    doomed = [entry.index for entry in entries if (entry.key, entry.value) != (key, value)]
    edited = document.comment_out(doomed).with_value("Match", key, value)
    if edited == document:
        return Edited(document, why_not=f"{shown(path)} is for the new card already")
    old = shown(macs[0] if macs and name == "*" else name)
    return Edited(edited, notes=(Note(text=f"its settings stay, for {value} in place of {old}"),))


ACTION = Step(summary="Keep a file's settings, for the new card", params=RebindCards, run=run)
