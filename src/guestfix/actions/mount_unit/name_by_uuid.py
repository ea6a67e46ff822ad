"""`name_by_uuid`: let What= of a mount or swap unit name its file system by UUID."""

from __future__ import annotations

from guestfix.actions._by_uuid import by_uuid
from guestfix.changes import Note
from guestfix.formats.sections import Sections
from guestfix.rules.action import Edited, Params, Scope, Step

_SECTIONS = ("Mount", "Swap")


class NameByUuid(Params):
    """It has no parameters: a device name that resolves to one volume is replaced."""


def run(document: Sections, params: NameByUuid, scope: Scope, path: str) -> Edited[Sections]:
    """Return the unit with the device named as /dev/disk/by-uuid/UUID, which systemd takes in every version."""
    edited = document
    notes: list[Note] = []
    for section in _SECTIONS:
        entries = tuple(document.entries(section, "What"))
        if not entries:
            continue
        hint = "swap" if section == "Swap" else document.get(section, "Type")
        found = by_uuid(entries[-1].value, scope, hint)
        if found is not None:
            device = "/dev/disk/by-uuid/" + found[0].removeprefix("UUID=")
            if device != entries[-1].value:
                edited = edited.with_value(section, "What", device)
                notes.append(Note(line=document.line_of(entries[-1].index), text=found[1]))
    return Edited(edited, notes=tuple(notes), why_not="What= names no device of the old platform")


ACTION = Step(summary="Name the file system of a unit by UUID", params=NameByUuid, run=run)
