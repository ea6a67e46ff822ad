"""`release_card_names`: switch off the rules that give a card its name by MAC or place."""

from __future__ import annotations

from guestfix.changes import Note
from guestfix.formats.udev_rules import Rule, UdevRules
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown


class ReleaseCardNames(Params):
    """It has no parameters: rules of network cards that ask for a MAC or a bus address and give a name."""


def run(document: UdevRules, params: ReleaseCardNames, scope: Scope, path: str) -> Edited[UdevRules]:
    """Return the file with such rules as comments; those for other devices, and for cards of `--nic`, stay."""
    new = {mac for _, mac in scope.supplies.cards}
    doomed = {rule.number: rule for rule in document.rules if _pins(rule) and not new & set(_macs(rule))}
    if not doomed:
        return Edited(document, why_not=f"{shown(path)} gives no name to a certain card")
    notes = tuple(
        Note(line=number, text=f"the name {shown(rule.assigned('NAME') or '')} is no longer bound to one card")
        for number, rule in doomed.items()
    )
    return Edited(document.comment_out(doomed), notes=notes)


def _pins(rule: Rule) -> bool:
    """SYSFS{address} is what ATTR{address} was called before udev 098; ID and KERNELS name a place on a bus."""
    if rule.compared("SUBSYSTEM") not in ("net", None) or not rule.assigned("NAME"):
        return False
    places = (rule.compared(key) for key in ("KERNELS", "ID", "DEVPATH"))
    return any(_macs(rule)) or (rule.compared("SUBSYSTEM") == "net" and any(places))


def _macs(rule: Rule) -> tuple[str, ...]:
    return tuple((rule.compared(key, "address") or "").lower() for key in ("ATTR", "ATTRS", "SYSFS"))


ACTION = Step(summary="Switch off what names a card by its MAC or place", params=ReleaseCardNames, run=run)
