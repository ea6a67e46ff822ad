"""`rebind_cards`: keep what an ifcfg file says, for the new card in place of the old one (NetworkManager)."""

from __future__ import annotations

from guestfix.actions._binding import binding_of
from guestfix.actions._network import built_finding
from guestfix.actions.ifcfg import card_name, is_built, is_card, rebound
from guestfix.changes import Evidence, Note
from guestfix.formats.shell_variables import ShellVariables
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown


class RebindCards(Params):
    """It has no parameters: the new card follows from `--nic`, or from the order of the cards."""


def run(document: ShellVariables, params: RebindCards, scope: Scope, path: str) -> Edited[ShellVariables]:
    """Return the file for the new card. NetworkManager goes by DEVICE and HWADDR, whatever the file is called."""
    name = card_name(document, path)
    if is_built(document, path):
        return Edited(document, findings=built_finding([Evidence(path=path, value=shown(name))]))
    new = binding_of(scope, name, document.get("HWADDR")) if is_card(document, path) else None
    if new is None:
        return Edited(document, why_not=f"{shown(path)} is for no old wired card")
    edited = rebound(document, new, name=None if new.mac or new.alone else new.name)
    if edited == document:
        return Edited(document, why_not=f"{shown(path)} is for the new card already")
    to = new.mac or ("any wired card" if new.alone else new.name)
    return Edited(edited, notes=(Note(text=f"its settings stay, for {to} in place of {shown(name)}"),))


ACTION = Step(summary="Keep a file's settings, for the new card", params=RebindCards, run=run)
