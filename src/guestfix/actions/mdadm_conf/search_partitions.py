"""`search_partitions`: let mdadm look for arrays on every disk instead of on those that DEVICE lines name."""

from __future__ import annotations

from guestfix.changes import Note
from guestfix.formats.mdadm_conf import MdadmConf
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown

_ANY = frozenset({"partitions", "containers"})


class SearchPartitions(Params):
    """It has no parameters: DEVICE lines that name devices give way to `DEVICE partitions`."""


def run(document: MdadmConf, params: SearchPartitions, scope: Scope, path: str) -> Edited[MdadmConf]:
    """Return the file in which no DEVICE line names devices."""
    notes: list[Note] = []
    edited = document
    for numbers, words in reversed(document.device_lines):
        named = [word for word in words if word not in _ANY]
        if named:
            edited = edited.search_partitions(numbers)
            notes.insert(
                0,
                Note(line=numbers[0], text=f"arrays are searched on every disk, not on {shown(' '.join(named))}"),
            )
    return Edited(edited, notes=tuple(notes), why_not="no DEVICE line names devices")


ACTION = Step(summary="Search every disk for parts of arrays", params=SearchPartitions, run=run)
