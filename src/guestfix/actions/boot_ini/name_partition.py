"""`name_partition`: let boot.ini name the partition that holds Windows, where it names another."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions._finding import FindingParams
from guestfix.changes import Evidence, Note
from guestfix.facts.model import Facts, Unknown
from guestfix.facts.windows_boot_ini import counted
from guestfix.formats import arc_path
from guestfix.formats.boot_ini import LOADER, SYSTEMS, BootIni, Setting
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown


class NamePartition(Params):
    """What to say where nobody can tell which entry is meant."""

    because: str = Field(min_length=1, description="The reason, for the plan")
    unsure: FindingParams = Field(description="The finding where several partitions are named, and not this one")


def run(document: BootIni, params: NamePartition, scope: Scope, path: str) -> Edited[BootIni]:
    """Return the file in which the only partition that it names is the one that holds this Windows."""
    ours = _place(scope.facts)
    if ours is None:
        return Edited(document, why_not="nobody can tell which partition of which disk holds Windows")
    named = [(each, found.text) for each in document.settings if (found := arc_path.parse(_where(each)))]
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
        for number, part in enumerate(counted(image), 1):
            if part.device == root:
                return arc_path.written(disk, number)
    return None


ACTION = Step(summary="Let it name the partition that holds Windows", params=NamePartition, run=run)
