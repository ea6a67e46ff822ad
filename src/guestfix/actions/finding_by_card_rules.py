"""`finding_by_card_rules`: tell a person what of the firewall is for a card that gets another name."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final

from guestfix.actions._binding import bindings
from guestfix.actions.finding import FindingHere, here
from guestfix.changes import Evidence
from guestfix.facts.reading import text
from guestfix.facts.ssh_model import CardRule
from guestfix.rules.action import Outcome, Scope, Verb
from guestfix.untrusted import shown

_BY_NAME: Final = ("network-scripts", "wicked", "ifupdown")
"""Systems whose settings, where they are kept, are for a card of a name that udev is made to give it."""
_POLICIES: Final = ("/usr/lib/systemd/network/99-default.link", "/lib/systemd/network/99-default.link")
_OWN_POLICY: Final = "/etc/systemd/network/99-default.link"
_SLOT_NAMES: Final = ("/usr/lib/udev/rules.d/80-net-name-slot.rules", "/lib/udev/rules.d/80-net-name-slot.rules")
_OWN_SLOT_NAMES: Final = "/etc/udev/rules.d/80-net-name-slot.rules"


def _run(params: FindingHere, scope: Scope) -> Outcome:
    """Return the finding with each rule as evidence, unless its card has the same name after the plan."""
    rules = scope.facts.firewall.cards if scope.facts.firewall else ()
    stay = _staying_names(scope)
    evidence = tuple(
        Evidence(path=rule.source, line=rule.line, value=shown(rule.card))
        for rule in rules
        if not _stays(rule, stay, scope)
    )
    if not evidence:
        return Outcome(why_not="no rule of the firewall is for a card that gets another name")
    return Outcome(findings=(here(params, scope, (*params.evidence, *evidence)),))


def _stays(rule: CardRule, names: Container[str], scope: Scope) -> bool:
    """A profile takes its zone along where it is kept; else the profile that stays in force is the one of eth0."""
    if rule.profile and scope.settings.get("network") == "keep":
        return True
    if rule.profile and scope.facts.network.in_charge not in _BY_NAME:
        return False
    return re.split("[.:]", rule.card, maxsplit=1)[0] in names


def _staying_names(scope: Scope) -> frozenset[str]:
    """Return the names that cards of the new machine have as well: eth0 by the kernel, others by udev."""
    names = {"eth0", "eth+", "eth*"} if _kernel_names(scope) else set()
    if scope.settings.get("network") == "keep" and scope.facts.network.in_charge in _BY_NAME:
        names |= {each.name for each in bindings(scope).values()}
    return frozenset(names)


def _kernel_names(scope: Scope) -> bool:
    """Whether udev leaves the kernel's names alone, as this plan leaves the guest; systemd.link(5), udev(7)."""
    entries = scope.facts.boot.entries
    if entries and all("net.ifnames=0" in entry.command_line.split() for entry in entries):
        return True
    named = any(scope.guest.status(path) for path in _POLICIES)
    by_slot = any(scope.guest.status(path) for path in _SLOT_NAMES)
    own = text(scope.guest, _OWN_POLICY)
    return not (
        (named and (own is None or re.search(r"^NamePolicy=(?!kernel\s*$)", own, re.MULTILINE)))
        or (by_slot and not scope.guest.status(_OWN_SLOT_NAMES))
    )


ACTION = Verb(
    "Tell a person something where rules of a firewall are for cards that get other names", FindingHere, _run
)
