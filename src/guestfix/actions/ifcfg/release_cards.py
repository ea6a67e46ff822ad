"""`release_cards`: have ifcfg files of wired cards no longer start by themselves."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions._network import built_finding, gives_way
from guestfix.actions.ifcfg import card_name, is_built, is_card
from guestfix.changes import Evidence, Note
from guestfix.formats.shell_variables import ShellVariables
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown


class ReleaseCards(Params):
    """What keeps a file from being started, and the card that stays."""

    variable: str = Field(description="ONBOOT for Red Hat, STARTMODE for SUSE", pattern=r"^[A-Z]+$")
    value: str = Field(description="Its value for a card that is not started")
    but: str = Field(default="", description="A card that is not released")


def run(document: ShellVariables, params: ReleaseCards, scope: Scope, path: str) -> Edited[ShellVariables]:
    """Return the file so that it does not start its card; address and all else stay for a person to look up."""
    built = is_built(document, path)
    idle = document.get(params.variable) == params.value
    if built and not idle and not gives_way(scope):
        seen = Evidence(path=path, value=shown(card_name(document, path)))
        return Edited(document, findings=built_finding([seen]))
    if not (built or is_card(document, path)) or card_name(document, path) == params.but:
        return Edited(document, why_not=f"{shown(path)} is for no old wired card")
    if idle:
        return Edited(document, why_not=f"{shown(path)} does not start by itself")
    address = document.get("IPADDR") or document.get("IPADDR0") or document.get("BOOTPROTO") or ""
    note = Note(text=f"{shown(card_name(document, path))} ({shown(address)}) no longer starts by itself")
    return Edited(document.with_value(params.variable, params.value), notes=(note,))


ACTION = Step(summary="Have files of wired cards no longer start by themselves", params=ReleaseCards, run=run)
