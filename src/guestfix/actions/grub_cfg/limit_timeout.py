"""`limit_timeout`: bound the seconds that the GRUB menu waits."""

from __future__ import annotations

import re

from pydantic import Field

from guestfix.changes import Note
from guestfix.formats.grub_cfg import GrubCfg
from guestfix.rules.action import Edited, Params, Scope, Step


class LimitTimeout(Params):
    """How long the menu may wait."""

    at_most: int = Field(ge=0, description="Seconds; -1 in the file means for ever, and is bounded too")
    because: str = Field(default="", description="The reason, for the plan")


def run(document: GrubCfg, params: LimitTimeout, scope: Scope, path: str) -> Edited[GrubCfg]:
    """Return grub.cfg with every longer `set timeout=` at the bound; shorter ones stay.

    A menu that sets no timeout at all waits for ever (grub-core/normal/menu.c), and gets one.
    """
    because = f": {params.because}" if params.because else ""
    values = document.values("timeout")
    if not values and (document.linux or document.has_blscfg):
        note = Note(text=f"the menu waited for ever, and waits {params.at_most} seconds{because}")
        return Edited(document.with_first("timeout", str(params.at_most)), notes=(note,))
    numbers = [int(value) for value in values if re.fullmatch("-?[0-9]{1,9}", value)]
    longer = [number for number in numbers if not 0 <= number <= params.at_most]
    if not longer:
        return Edited(document, why_not="the menu waits no longer than it may")
    was = "for ever" if longer[0] < 0 else f"{longer[0]} seconds"
    note = Note(text=f"the menu waited {was}, and waits {params.at_most} seconds{because}")
    return Edited(document.with_timeout_at_most(params.at_most), notes=(note,))


ACTION = Step(summary="Bound the seconds that the menu waits", params=LimitTimeout, run=run)
