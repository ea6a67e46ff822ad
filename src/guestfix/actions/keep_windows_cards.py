r"""`keep_windows_cards`: write down which new card of a Windows takes over which static settings.

Windows binds settings to a GUID that it makes when it finds a card, and writes down no MAC. So nothing can be
bound offline: a script reads this table at the first start. Only addresses that are such get into it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from pydantic import Field

from guestfix.actions._binding import natural
from guestfix.actions._finding import FindingParams
from guestfix.changes import Evidence, Note, Whole
from guestfix.facts.windows_model import WindowsInterface
from guestfix.registry import spelled
from guestfix.rules.action import Outcome, Params, Proposal, Scope, Verb
from guestfix.untrusted import shown

COLUMNS = ("mac", "addresses", "masks", "gateways", "nameservers")
ANY_CARD = "*"


class KeepWindowsCards(Params):
    """Where the table goes, and what to say of cards that cannot be in it."""

    path: str = Field(pattern="^/", description="The table, as CSV; missing directories are made")
    unbound: FindingParams = Field(description="The finding for static settings that no card takes over")
    because: str = Field(min_length=1, description="Why, for the plan")


def _run(params: KeepWindowsCards, scope: Scope) -> Outcome:
    windows = scope.facts.windows
    if windows is None:
        return Outcome(why_not="it is no Windows")
    static = [
        each
        for each in windows.interfaces
        if each.control_set == windows.current_control_set and not each.dhcp and each.addresses
    ]
    static.sort(key=lambda each: (natural(each.name), each.guid))
    macs: Sequence[str] = [new for _, new in scope.supplies.cards]
    if not macs and len(static) == 1:
        macs = [ANY_CARD]
    rows: list[str] = []
    notes: list[Note] = []
    unbound: list[Evidence] = []
    for at, each in enumerate(static):
        settings = _settings(each)
        if settings is None or at >= len(macs):
            why = "no card is named for it" if settings else "what it says are no addresses"
            said = f"{each.name or each.guid}: {' '.join(each.addresses)}: {why}"
            unbound.append(Evidence(path="SYSTEM", value=shown(said)))
            continue
        rows.append(",".join((macs[at].upper(), *settings)))
        to = "the only card" if macs[at] == ANY_CARD else macs[at]
        notes.append(Note(text=f"{shown(each.name or each.guid)}, {settings[0]}, goes to {to}: {params.because}"))
    findings = (params.unbound.finding(tuple(unbound)),) if unbound else ()
    if not rows:
        return Outcome(findings=findings, why_not="no card has static settings that can be bound")
    data = "".join(f"{row}\r\n" for row in (",".join(COLUMNS), *rows)).encode()
    path = spelled(scope.guest, params.path)
    there = scope.guest.status(path)
    if there is not None and there.size == len(data) and scope.guest.read(path, there.size) == data:
        return Outcome(findings=findings, why_not=f"{shown(path)} says so already")
    return Outcome((Proposal(path, Whole(data=data), tuple(notes)),), findings)


def _settings(card: WindowsInterface) -> tuple[str, ...] | None:
    """Return the columns behind the MAC, blanks between several addresses; None: one is no address."""
    columns = (card.addresses, card.masks, card.gateways, card.nameservers)
    if len(card.masks) != len(card.addresses) or not all(
        _is_address(each) for column in columns for each in column
    ):
        return None
    return tuple(" ".join(column) for column in columns)


def _is_address(text: str) -> bool:
    if not re.fullmatch("[0-9.]{7,15}", text):
        return False
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


ACTION = Verb("Write down which new card of a Windows takes over which static settings", KeepWindowsCards, _run)
