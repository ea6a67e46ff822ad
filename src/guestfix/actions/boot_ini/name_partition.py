r"""`name_partition`: let boot.ini name the partition that holds Windows, where it names another.

Source: Microsoft, "BOOT.INI and ARC path naming conventions and usage" (KB 102873): `rdisk` is the disk as the
BIOS counts them, `partition` counts from 1, primary partitions first, then logical drives; unused slots and the
extended partition have no number. `scsi` and `signature` want the old controller's driver as ntbootdd.sys.
"""

from __future__ import annotations

import re
from typing import Final

from pydantic import Field

from guestfix.actions._finding import FindingParams
from guestfix.changes import Evidence, Note
from guestfix.facts.model import Facts, Unknown
from guestfix.formats.boot_ini import LOADER, SYSTEMS, BootIni, Setting
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown

_ARC: Final = re.compile(
    r"(?:multi|scsi|signature)\([0-9a-f]{1,8}\)disk\([0-9]{1,3}\)rdisk\([0-9]{1,3}\)partition\([0-9]{1,3}\)(?=\\)",
    re.IGNORECASE,
)
_EXTENDED: Final = ("0x05", "0x0f", "0x85")


class NamePartition(Params):
    """What to say where nobody can tell which entry is meant."""

    because: str = Field(min_length=1, description="The reason, for the plan")
    unsure: FindingParams = Field(description="The finding where several partitions are named, and not this one")


def run(document: BootIni, params: NamePartition, scope: Scope, path: str) -> Edited[BootIni]:
    """Return the file in which the only partition that it names is the one that holds this Windows."""
    ours = _place(scope.facts)
    if ours is None:
        return Edited(document, why_not="nobody can tell which partition of which disk holds Windows")
    named = [(setting, found[0]) for setting in document.settings if (found := _ARC.match(_where(setting)))]
    places = {place.lower() for _, place in named}
    if not places or ours in places:
        return Edited(document, why_not="the partition that holds Windows is among those that it names")
    if len(places) > 1:
        evidence = (Evidence(path=path, value=f"{ours} is not among {', '.join(sorted(map(shown, places)))}"),)
        return Edited(document, findings=(params.unsure.finding(evidence),))
    edited, notes = document, []
    for setting, place in named:
        edited = edited.replaced(setting, place, ours)
        notes.append(Note(text=f"Windows is on {ours}: {params.because}", line=setting.line + 1))
    return Edited(edited, tuple(notes))


def _where(setting: Setting) -> str:
    """Return the part of an entry that may be a path."""
    if setting.section == SYSTEMS:
        return setting.key
    return setting.value if (setting.section, setting.key) == (LOADER, "default") else ""


def _place(facts: Facts) -> str | None:
    root = facts.os.root
    if isinstance(root, Unknown):
        return None
    for disk, image in enumerate(facts.images):
        parts = [part for part in image.partitions if part.type.lower() not in _EXTENDED]
        parts.sort(key=lambda part: (part.number > 4, part.number))
        for number, part in enumerate(parts, 1):
            if image.table == "mbr" and part.device == root:
                return f"multi(0)disk(0)rdisk({disk})partition({number})"
    return None


ACTION = Step(summary="Let it name the partition that holds Windows", params=NamePartition, run=run)
