"""`activate_firewall_group`: switch on the built-in firewall rules of one group."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions.hive import keys
from guestfix.changes import Note
from guestfix.registry.document import HiveDocument
from guestfix.registry.values import ValueType, sz
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown

RULES = r"ControlSet*\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules"
"""One value each: `v2.30|Action=Allow|Active=FALSE|Dir=In|...|EmbedCtxt=@FirewallAPI.dll,-28752|` ([MS-FASP])."""


class ActivateFirewallGroup(Params):
    """Which group, and why."""

    group: str = Field(description="EmbedCtxt of the rules: a resource, which is the same in every language")
    because: str = Field(min_length=1, description="Why, for the plan")


def run(document: HiveDocument, params: ActivateFirewallGroup, scope: Scope, path: str) -> Edited[HiveDocument]:
    """Return the hive in which the rules of the group are active; all else in them stays, their version too."""
    hive, notes = document, []
    for key in keys(document, RULES):
        for value in key.values.values():
            words = (value.text or "").split("|")
            if f"EmbedCtxt={params.group}" in words and "Active=FALSE" in words:
                active = "|".join("Active=TRUE" if word == "Active=FALSE" else word for word in words)
                hive = hive.set_value(key.path, value.name, ValueType.SZ, sz(active))
                notes.append(Note(text=f"the firewall rule {shown(value.name)} is active: {params.because}"))
    return Edited(hive, tuple(notes), why_not=f"no rule of the group {params.group} is switched off")


ACTION = Step(summary="Switch on the firewall rules of a group", params=ActivateFirewallGroup, run=run)
