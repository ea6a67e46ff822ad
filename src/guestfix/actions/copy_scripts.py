"""`copy_scripts`: put the scripts of `--first-boot DIR`, and what they need, into the guest."""

from __future__ import annotations

import re
from typing import Final

from pydantic import Field

from guestfix.actions._finding import FindingParams
from guestfix.changes import Evidence, Note, Whole
from guestfix.facts.reading import is_file, names
from guestfix.registry import spelled
from guestfix.rules.action import Outcome, Params, Proposal, Scope, Verb
from guestfix.untrusted import shown

MOST: Final = 100
LARGEST: Final = 64 * 1024 * 1024
"""Files in the folder, and bytes of all of them together: all are held in memory until they are written."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
"""Names that cmd.exe takes as they are, without quotes and without expanding anything."""


class CopyScripts(Params):
    """Where they go, and what to say of those that cannot."""

    folder: str = Field(pattern="^/", description="Folder in the guest; missing directories are made")
    refused: FindingParams = Field(description="The finding for what cannot be put there")
    because: str = Field(min_length=1, description="Why, for the plan")


def _run(params: CopyScripts, scope: Scope) -> Outcome:
    scripts = scope.supplies.scripts
    if scripts is None:
        return Outcome(why_not="no folder of scripts was given")
    proposals: list[Proposal] = []
    refused: list[Evidence] = []
    room = LARGEST
    for at, name in enumerate(sorted(names(scripts, "/"))):
        status = scripts.status(f"/{name}")
        size = status.size if status is not None and is_file(scripts, f"/{name}") else None
        if size is None or size > room or at >= MOST or not _NAME.fullmatch(name):
            refused.append(Evidence(path=f"/{name}", value=f"{shown(name)} is no file that can be taken"))
            continue
        room -= size
        data = scripts.read(f"/{name}", size)
        path = spelled(scope.guest, f"{params.folder}/{name}")
        there = scope.guest.status(path)
        if there is None or there.size != size or scope.guest.read(path, size) != data:
            proposals.append(Proposal(path, Whole(data=data), (Note(text=params.because),)))
    findings = (params.refused.finding(tuple(refused)),) if refused else ()
    return Outcome(tuple(proposals), findings, "" if proposals else "the scripts are there already")


ACTION = Verb("Put the scripts of --first-boot into the guest", CopyScripts, _run)
