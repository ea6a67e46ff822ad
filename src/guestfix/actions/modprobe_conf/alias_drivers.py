"""`alias_drivers`: name the target's disk drivers where RHEL 5's mkinitrd looks for them."""

from __future__ import annotations

from guestfix.actions._drivers import loadable_drivers
from guestfix.changes import Note
from guestfix.formats.modprobe_conf import ModprobeConf
from guestfix.rules.action import Edited, Params, Scope, Step

ALIAS = "scsi_hostadapter"


class AliasDrivers(Params):
    """Nothing to choose: the drivers are the target's."""


def run(document: ModprobeConf, params: AliasDrivers, scope: Scope, path: str) -> Edited[ModprobeConf]:
    """Return the file with `alias scsi_hostadapterN DRIVER` for each disk driver that has none; others stay."""
    aliases = [each.arguments for each in document.of("alias")]
    known = {module.replace("-", "_") for name, module in aliases if name.startswith(ALIAS)}
    numbers = [
        int(rest or 0) for name, _ in aliases if (rest := name.removeprefix(ALIAS)) != name and _number(rest)
    ]
    added = [name for name in loadable_drivers(scope, ("storage",)) if name.replace("-", "_") not in known]
    edited = document
    for number, module in enumerate(added, max(numbers, default=-1) + 1):
        edited = edited.with_alias(f"{ALIAS}{number or ''}", module)
    if not added:
        return Edited(document, why_not="every loadable disk driver that the target needs has an alias")
    return Edited(edited, notes=(Note(text=f"{', '.join(added)}: in every initrd made from now on"),))


def _number(rest: str) -> bool:
    return not rest or (rest.isascii() and rest.isdecimal() and len(rest) < 4)


ACTION = Step(summary="Name the target's disk drivers for RHEL 5's mkinitrd", params=AliasDrivers, run=run)
