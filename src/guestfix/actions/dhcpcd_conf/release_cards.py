"""`release_cards`: switch off what dhcpcd.conf says about single wired cards and their fixed addresses."""

from __future__ import annotations

from guestfix.changes import Note
from guestfix.formats.dhcpcd_conf import DhcpcdConf, Entry
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown

_FIXED = ("static", "inform", "inform6")
_ADDRESS = ("ip_address=", "routers=", "domain_name_servers=", "ip6_address=", "broadcast_address=")


class ReleaseCards(Params):
    """It has no parameters: blocks and lists of wired cards, and fixed addresses for all, are released."""


def run(document: DhcpcdConf, params: ReleaseCards, scope: Scope, path: str) -> Edited[DhcpcdConf]:
    """Return the file without them: dhcpcd asks for an address on every card of which nothing else is said."""
    doomed = [entry for entry in document.entries if _is_old(entry)]
    if not doomed:
        return Edited(document, why_not=f"{shown(path)} says nothing of a single wired card")
    notes = tuple(
        Note(line=entry.number, text=f"{shown(' '.join((entry.name, *entry.values)))} is switched off")
        for entry in doomed
    )
    return Edited(document.comment_out({entry.number for entry in doomed}), notes=notes)


def _is_old(entry: Entry) -> bool:
    if entry.block:
        return entry.block[0] == "interface" and entry.block[1:2] != () and entry.block[1].startswith("e")
    if entry.name in ("allowinterfaces", "interface_order"):
        return not any("*" in value for value in entry.values)
    return entry.name in _FIXED and any(value.startswith(_ADDRESS) for value in entry.values)


ACTION = Step(summary="Switch off what is said about single wired cards", params=ReleaseCards, run=run)
