"""`limit_timeout`: bound the seconds that the menu or the prompt of syslinux waits."""

from __future__ import annotations

import re

from pydantic import Field

from guestfix.changes import Note
from guestfix.formats.syslinux import Syslinux
from guestfix.rules.action import Edited, Params, Scope, Step


class LimitTimeout(Params):
    """How long it may wait."""

    at_most: int = Field(ge=0, description="Seconds; 0 in the file, or no timeout, means for ever")
    because: str = Field(default="", description="The reason, for the plan")


def run(document: Syslinux, params: LimitTimeout, scope: Scope, path: str) -> Edited[Syslinux]:
    """Return the menu that waits no longer. The file counts tenths of a second; 1 is the shortest wait."""
    waits = document.get("ui") is not None or (document.get("prompt") or "0") != "0"
    value = document.get("timeout") or "0"
    if not waits or not re.fullmatch("[0-9]{1,9}", value) or 0 < int(value) <= params.at_most * 10:
        return Edited(document, why_not="the menu waits no longer than it may")
    was = f"{int(value) / 10:g} seconds" if int(value) else "for ever"
    because = f": {params.because}" if params.because else ""
    note = Note(text=f"the menu waited {was}, and waits {params.at_most} seconds{because}")
    return Edited(document.with_setting("timeout", str(params.at_most * 10 or 1)), notes=(note,))


ACTION = Step(summary="Bound the seconds that the menu waits", params=LimitTimeout, run=run)
