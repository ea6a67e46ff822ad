"""`name_by_uuid`: replace the old platform's device names by the UUIDs of what is encrypted."""

from __future__ import annotations

from guestfix.actions._by_uuid import by_uuid
from guestfix.changes import Note
from guestfix.formats.crypttab import Crypttab
from guestfix.rules.action import Edited, Params, Scope, Step


class NameByUuid(Params):
    """It has no parameters: every device name that resolves to one LUKS header is replaced.

    A swap area or temporary file system with a new random key at each boot has no header, and keeps its name.
    """


def run(document: Crypttab, params: NameByUuid, scope: Scope, path: str) -> Edited[Crypttab]:
    """Return crypttab with device names replaced; UUIDs and names of LVM are stable already and stay."""
    notes: list[Note] = []
    edited = document
    for number, entry in document.entries:
        found = by_uuid(entry.device, scope, "crypto_LUKS")
        if found is not None:
            edited = edited.replace(number, entry.with_device(found[0]))
            notes.append(Note(line=number, text=found[1]))
    return Edited(edited, notes=tuple(notes), why_not="no line has a device name that belongs to a LUKS header")


ACTION = Step(summary="Replace device names by LUKS UUIDs", params=NameByUuid, run=run)
