"""`name_by_uuid`: replace the old platform's device names by file-system UUIDs."""

from __future__ import annotations

from guestfix.actions._command_line import whose
from guestfix.actions.fstab import volumes_of
from guestfix.changes import Note
from guestfix.facts.model import Volume
from guestfix.formats.fstab import Fstab
from guestfix.formats.fstab_spec import SpecKind
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown

DEVICE_NAMES = frozenset(
    {
        SpecKind.DEVICE,
        SpecKind.BY_ID,
        SpecKind.BY_PATH,
        SpecKind.BY_UUID,
        SpecKind.BY_PARTUUID,
        SpecKind.BY_LABEL,
        SpecKind.BY_PARTLABEL,
    }
)
"""Every form of /dev name but /dev/mapper and /dev/VG/LV, which LVM and LUKS make from their own metadata."""


class NameByUuid(Params):
    """It has no parameters: every device name that resolves to one volume is replaced."""


def run(document: Fstab, params: NameByUuid, scope: Scope, path: str) -> Edited[Fstab]:
    """Return fstab with device names replaced; a UUID, LABEL or LVM name is stable already and stays."""
    notes: list[Note] = []
    edited = document
    volumes = volumes_of(document, scope)
    for number, entry in document.entries:
        if entry.kind not in DEVICE_NAMES:
            continue
        volume = volumes[number]
        if isinstance(volume, Volume) and volume.uuid:
            edited = edited.replace(number, entry.with_spec(f"UUID={volume.uuid}"))
            notes.append(
                Note(
                    line=number, text=f"{shown(entry.spec)} becomes UUID={volume.uuid}{whose(volume, entry.spec)}"
                )
            )
    return Edited(edited, notes=tuple(notes), why_not="no line has a device name that belongs to a known volume")


ACTION = Step(summary="Replace device names by file-system UUIDs", params=NameByUuid, run=run)
