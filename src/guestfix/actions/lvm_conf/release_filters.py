"""`release_filters`: switch device filters off that would hide the disks of the new platform."""

from __future__ import annotations

from guestfix.changes import Note
from guestfix.formats.lvm_conf import Filter, LvmConf
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown

_EVERYTHING = frozenset({".*", "^.*", ".*$", "^.*$", "."})
"""What a pattern such as "r|.*|" has between its delimiters to match every device."""


class ReleaseFilters(Params):
    """It has no parameters: a filter that rejects what it does not name is switched off; the default takes all."""


def run(document: LvmConf, params: ReleaseFilters, scope: Scope, path: str) -> Edited[LvmConf]:
    """Return the file without the filters that name the only disks LVM may see."""
    named = [each for each in document.filters if _hides(each)]
    chosen = [each for each in named if each.whole_lines]
    numbers = {number for each in chosen for number in range(each.first, each.last + 1)}
    notes = tuple(
        Note(line=each.first, text=f"{each.name} hides every disk but {shown(', '.join(_accepted(each)))}")
        for each in chosen
    )
    why_not = (
        "its filter shares a line with something else, so it is left alone"
        if named and not chosen
        else "no filter hides the disks that it does not name"
    )
    return Edited(document.comment_out(numbers), notes=notes, why_not=why_not)


def _hides(filter_: Filter) -> bool:
    rejects = (each for each in filter_.patterns if each.startswith("r"))
    return bool(_accepted(filter_)) and any(each[2:-1] in _EVERYTHING for each in rejects)


def _accepted(filter_: Filter) -> tuple[str, ...]:
    accepts = (each for each in filter_.patterns if each.startswith("a"))
    return tuple(each for each in accepts if each[2:-1] not in _EVERYTHING)


ACTION = Step(summary="Switch filters off that hide the new disks", params=ReleaseFilters, run=run)
