"""`rebind_cards`: keep what a profile says, for the new card in place of the old one."""

from __future__ import annotations

from guestfix.actions._binding import binding_of
from guestfix.actions._network import built_finding
from guestfix.changes import Evidence, Note
from guestfix.facts.network_keyfile import bound_to, connection_kind, is_ethernet, is_part
from guestfix.formats.sections import Sections
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown

_PINS = (
    *(("connection", key) for key in ("interface-name",)),
    *(
        (section, key)
        for section in ("ethernet", "802-3-ethernet")
        for key in ("mac-address", "cloned-mac-address")
    ),
    *(("match", key) for key in ("interface-name", "path", "driver")),
)
_VIRTUAL = ("bond", "bridge", "vlan", "team")


class RebindCards(Params):
    """It has no parameters: the new card follows from `--nic`, or from the order of the cards."""


def run(document: Sections, params: RebindCards, scope: Scope, path: str) -> Edited[Sections]:
    """Return the profile bound to the new card: to its MAC, to any card if it is the only one, or to its name."""
    kind = connection_kind(document)
    if kind in _VIRTUAL or (kind and is_part(document)):
        return Edited(document, findings=built_finding([Evidence(path=path, value=shown(f"type={kind}"))]))
    if not is_ethernet(document):
        return Edited(document, why_not=f"{shown(path)} is no profile of a wired card")
    name, mac = bound_to(document)
    new = binding_of(scope, name or "*", mac)
    if new is None:
        return Edited(document, why_not=f"{shown(path)} is bound to no card that has an address")
    wanted = ("ethernet", "mac-address", new.mac) if new.mac else ("connection", "interface-name", new.name)
    section = next((each for each in ("802-3-ethernet", "ethernet") if any(document.entries(each))), "ethernet")
    wanted = (section, *wanted[1:]) if new.mac else wanted
    has = (new.mac or not new.alone) and (document.get(wanted[0], wanted[1]) or "").lower() == wanted[2]
    doomed = [
        entry.index
        for at, key in _PINS
        for entry in document.entries(at, key)
        if not (has and (at, key) == wanted[:2])
    ]
    edited = document.comment_out(doomed)
    if (new.mac or not new.alone) and not has:
        edited = edited.with_value(wanted[0], wanted[1], wanted[2] or "")
    if edited == document:
        return Edited(document, why_not=f"{shown(path)} is for the new card already")
    to = new.mac or ("any wired card" if new.alone else new.name)
    return Edited(
        edited, notes=(Note(text=f"its settings stay, for {to} in place of {shown(name or mac or '')}"),)
    )


ACTION = Step(summary="Keep a profile's settings, for the new card", params=RebindCards, run=run)
