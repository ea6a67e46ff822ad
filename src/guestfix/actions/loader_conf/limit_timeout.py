"""`limit_timeout`: bound the seconds that systemd-boot's menu waits."""

from __future__ import annotations

import re

from pydantic import Field

from guestfix.changes import Note
from guestfix.formats.bls import BlsEntry
from guestfix.rules.action import Edited, Params, Scope, Step


class LimitTimeout(Params):
    """How long the menu may wait."""

    at_most: int = Field(ge=0, description="Seconds; menu-force in the file means for ever, and is bounded too")
    because: str = Field(default="", description="The reason, for the plan")


def run(document: BlsEntry, params: LimitTimeout, scope: Scope, path: str) -> Edited[BlsEntry]:
    """Return loader.conf with a longer `timeout` at the bound; without one no menu is shown (loader.conf(5))."""
    value = document.get("timeout")
    for_ever = value == "menu-force"
    number = int(value) if value is not None and re.fullmatch("[0-9]{1,9}", value) else 0
    if not for_ever and number <= params.at_most:
        return Edited(document, why_not="the menu waits no longer than it may")
    because = f": {params.because}" if params.because else ""
    was = "for ever" if for_ever else f"{number} seconds"
    note = Note(text=f"the menu waited {was}, and waits {params.at_most} seconds{because}")
    return Edited(document.with_value("timeout", str(params.at_most)), notes=(note,))


ACTION = Step(summary="Bound the seconds that the menu waits", params=LimitTimeout, run=run)
