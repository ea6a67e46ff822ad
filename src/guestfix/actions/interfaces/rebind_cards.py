"""`rebind_cards`: keep what ifupdown's files say about cards, under the names of the new ones."""

from __future__ import annotations

from guestfix.actions._binding import binding_of
from guestfix.actions._network import built_finding
from guestfix.actions.interfaces import built, cards
from guestfix.changes import Evidence, Note
from guestfix.formats.interfaces import Interfaces
from guestfix.formats.interfaces_edit import comment_out, rename
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown


class RebindCards(Params):
    """It has no parameters: the new card follows from `--nic`, or from the order of the cards."""


def run(document: Interfaces, params: RebindCards, scope: Scope, path: str) -> Edited[Interfaces]:
    """Return the file with the cards' new names, their aliases' and their VLANs' too; `hwaddress` is left out.

    A name may be another's old one (eth1 becomes eth0, eth0 becomes eth1): all go over names that no card has.
    """
    findings = built_finding(
        Evidence(path=path, value=shown(f"iface {each.name} {each.family} {each.method}"))
        for each in built(document)
    )
    found = {each.name.partition(":")[0]: None for each in cards(document)}
    known = {old: new.name for old in found if (new := binding_of(scope, old, None))}
    listed = {old: new for old, new in known.items() if old != new}
    pinned = [o.index for each in cards(document) for o in each.options if o.name == "hwaddress"]
    if not listed and not pinned:
        return Edited(document, findings=findings, why_not=f"{shown(path)} names no card by an old name")
    edited = comment_out(document, pinned)
    for old in listed:
        edited = rename(edited, old, f"guestfix-{old}")
    for old, to in listed.items():
        edited = rename(edited, f"guestfix-{old}", to)
    notes = tuple(Note(text=f"{shown(old)} keeps its settings as {new}") for old, new in listed.items())
    off = (Note(text="the card keeps its own MAC, hwaddress is switched off"),) if pinned else ()
    return Edited(edited, notes=(*notes, *off), findings=findings)


ACTION = Step(summary="Keep the settings of cards, under their new names", params=RebindCards, run=run)
