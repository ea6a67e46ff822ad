"""`name_cards`: have udev give the new cards the names under which the old settings are kept."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions._binding import bindings
from guestfix.changes import Note, Whole
from guestfix.rules.action import Outcome, Params, Proposal, Scope, Verb

RULES = "/etc/udev/rules.d/70-guestfix-net.rules"
POLICY = "/etc/systemd/network/99-default.link"

_DEFAULTS = ("/usr/lib/systemd/network/99-default.link", "/lib/systemd/network/99-default.link")
_POLICY = b"""# guestfix: wired cards keep the kernel's names, eth0 and up
[Match]
OriginalName=*

[Link]
NamePolicy=kernel
MACAddressPolicy=persistent
"""


class NameCards(Params):
    """Whether settings are bound by name alone."""

    by_name_only: bool = Field(description="The network system takes cards by their names, and knows no MAC")


def _run(params: NameCards, scope: Scope) -> Outcome:
    """A rule of udev before 80- keeps systemd's policy from giving another name (80-net-setup-link.rules)."""
    proposals: list[Proposal] = []
    found = bindings(scope).values()
    by_mac = [each for each in found if each.mac]
    if by_mac and params.by_name_only:
        text = "# guestfix: names of the new cards\n" + "".join(
            f'SUBSYSTEM=="net", ACTION=="add", ATTR{{address}}=="{each.mac}", NAME="{each.name}"\n'
            for each in by_mac
        )
        note = Note(text=", ".join(f"{each.mac} is {each.name}" for each in by_mac))
        proposals.append(Proposal(RULES, Whole(data=text.encode()), (note,)))
    by_order = any(each.mac is None and (params.by_name_only or not each.alone) for each in found)
    if by_order and any(scope.guest.status(path) for path in _DEFAULTS):
        note = Note(text="the cards are taken in the order in which the kernel finds them: eth0, eth1 and so on")
        proposals.append(Proposal(POLICY, Whole(data=_POLICY), (note,)))
    return Outcome(tuple(proposals), why_not="" if proposals else "no card needs a name from udev")


ACTION = Verb("Have udev give the new cards the names that settings are kept under", NameCards, _run)
