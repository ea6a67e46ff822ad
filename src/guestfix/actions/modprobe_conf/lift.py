"""`lift`: comment out what keeps a driver of the target from loading."""

from __future__ import annotations

from guestfix.actions._drivers import needed_names
from guestfix.changes import Note
from guestfix.formats.modprobe_conf import ModprobeConf
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown


class Lift(Params):
    """Nothing to choose: the drivers are the target's."""


def run(document: ModprobeConf, params: Lift, scope: Scope, path: str) -> Edited[ModprobeConf]:
    """Return the file with each `blacklist X` and `install X /bin/true` of a needed driver as a comment."""
    found = document.stopping(needed_names(scope))
    if not found:
        return Edited(document, why_not="it keeps no driver of the target from loading")
    notes = tuple(
        Note(
            line=each.number,
            text=f"{each.keyword} {shown(each.arguments[0])} is commented out: the target needs this driver",
        )
        for each in found
    )
    return Edited(document.without(found), notes=notes)


ACTION = Step(summary="Comment out what keeps a driver of the target from loading", params=Lift, run=run)
