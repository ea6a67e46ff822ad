"""`release_cards`: have a profile of a wired card no longer start by itself."""

from __future__ import annotations

from guestfix.actions._network import built_finding, gives_way
from guestfix.changes import Evidence, Note
from guestfix.facts.network_keyfile import bound_to, connection_kind, is_ethernet, is_part
from guestfix.formats.sections import Sections
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown

_BUILT = ("bond", "bridge", "vlan", "team", "ovs-bridge", "ovs-port", "vrf")


class ReleaseCards(Params):
    """It has no parameters: profiles of plain wired cards are released; what is built of cards is reported."""


def run(document: Sections, params: ReleaseCards, scope: Scope, path: str) -> Edited[Sections]:
    """Return the profile with `autoconnect=false`; all else in it stays, so that a person can take it up again.

    Unbinding it instead would let the one card of the new platform get the profile of another network (with
    `never-default`, for example): which profile a card gets is then a matter of when each was used last.
    """
    kind = connection_kind(document)
    built = kind in _BUILT or bool(kind and is_part(document))
    idle = (document.get("connection", "autoconnect") or "true").lower() in ("false", "no", "0")
    if built and not idle and not gives_way(scope):
        seen = Evidence(path=path, value=shown(f"type={kind}"))
        return Edited(document, findings=built_finding([seen]))
    if not (built or is_ethernet(document)):
        return Edited(document, why_not=f"{shown(path)} is no profile of a wired card")
    if idle:
        return Edited(document, why_not=f"{shown(path)} does not start by itself")
    if not built and bound_to(document) == (None, None) and document.get("ipv4", "method") == "auto":
        return Edited(document, why_not=f"{shown(path)} brings up any wired card by DHCP already")
    name, mac = bound_to(document)
    address = next((e.value for e in document.entries("ipv4") if e.key.startswith("address")), None)
    what = ", ".join(shown(each) for each in (name, mac, address) if each)
    edited = document.with_value("connection", "autoconnect", "false")
    return Edited(edited, notes=(Note(text=f"the profile no longer starts by itself ({what or 'no address'})"),))


ACTION = Step(summary="Have a profile of a wired card no longer start by itself", params=ReleaseCards, run=run)
