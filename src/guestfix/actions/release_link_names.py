"""`release_link_names`: move .link files aside that name a card by its MAC, path or driver."""

from __future__ import annotations

from guestfix.actions._link_names import pinned_name
from guestfix.changes import Note
from guestfix.facts.network_networkd import networkd_documents
from guestfix.rules.action import Outcome, Params, Proposal, Scope, Verb
from guestfix.rules.paths import matching
from guestfix.untrusted import shown


class ReleaseLinkNames(Params):
    """It has no parameters: /etc/systemd/network/*.link is looked at."""


def _run(params: ReleaseLinkNames, scope: Scope) -> Outcome:
    proposals: list[Proposal] = []
    for path in matching(scope.guest, "/etc/systemd/network/*.link"):
        name = pinned_name(networkd_documents(scope.guest, path), scope)
        if name is not None:
            note = Note(text=f"it gives the name {shown(name)} to a card of the old platform")
            proposals.append(Proposal(path, None, (note,)))
    return Outcome(tuple(proposals), why_not="" if proposals else "no .link file names a certain card")


ACTION = Verb("Move .link files aside that name a card of the old platform", ReleaseLinkNames, _run)
