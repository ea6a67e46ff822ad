"""`release_link_names`: move .link files aside that name a card by its MAC, path or driver."""

from __future__ import annotations

from guestfix.changes import Note
from guestfix.facts.network_networkd import networkd_documents, values
from guestfix.rules.action import Outcome, Params, Proposal, Scope, Verb
from guestfix.rules.paths import matching
from guestfix.untrusted import shown

_PINS = ("MACAddress", "PermanentMACAddress", "Path", "Driver", "Property")


class ReleaseLinkNames(Params):
    """It has no parameters: /etc/systemd/network/*.link is looked at."""


def _run(params: ReleaseLinkNames, scope: Scope) -> Outcome:
    proposals: list[Proposal] = []
    new = {mac for _, mac in scope.supplies.cards}
    for path in matching(scope.guest, "/etc/systemd/network/*.link"):
        documents = networkd_documents(scope.guest, path)
        name = values(documents, "Link", "Name")
        macs = {
            mac.lower() for key in _PINS[:2] for value in values(documents, "Match", key) for mac in value.split()
        }
        if macs & new:
            continue
        if name and any(values(documents, "Match", key) for key in _PINS):
            note = Note(text=f"it gives the name {shown(name[-1])} to a card of the old platform")
            proposals.append(Proposal(path, None, (note,)))
    return Outcome(tuple(proposals), why_not="" if proposals else "no .link file names a certain card")


ACTION = Verb("Move .link files aside that name a card of the old platform", ReleaseLinkNames, _run)
