"""`limit_timeout`: bound the seconds that the menu of NTLDR waits."""

from __future__ import annotations

import re

from pydantic import Field

from guestfix.changes import Note
from guestfix.formats.boot_ini import LOADER, BootIni
from guestfix.rules.action import Edited, Params, Scope, Step


class LimitTimeout(Params):
    """How long it may wait."""

    at_most: int = Field(ge=0, description="Seconds; -1 in the file means for ever")
    because: str = Field(min_length=1, description="The reason, for the plan")


def run(document: BootIni, params: LimitTimeout, scope: Scope, path: str) -> Edited[BootIni]:
    """Return the file whose menu waits no longer; a shorter wait stays."""
    edited, notes = document, []
    for setting in document.settings:
        if (setting.section, setting.key) != (LOADER, "timeout"):
            continue
        number = re.fullmatch("-?[0-9]{1,9}", setting.value)
        if number is None or 0 <= int(setting.value) <= params.at_most:
            continue
        was = "for ever" if int(setting.value) < 0 else f"{setting.value} seconds"
        edited = edited.with_value(setting, str(params.at_most))
        notes.append(Note(text=f"the menu waited {was}: {params.because}", line=setting.line + 1))
    return Edited(edited, tuple(notes), why_not="the menu waits no longer than it may")


ACTION = Step(summary="Bound the seconds that the menu waits", params=LimitTimeout, run=run)
