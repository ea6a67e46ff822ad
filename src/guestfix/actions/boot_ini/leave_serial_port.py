"""`leave_serial_port`: keep emergency management off the serial port, of NTLDR and of what it starts."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from guestfix.changes import Note
from guestfix.formats.boot_ini import LOADER, SYSTEMS, BootIni, without_switch
from guestfix.rules.action import Edited, Params, Scope, Step

_KEYS: Final = ("redirect", "redirectbaudrate")


class LeaveSerialPort(Params):
    """Why."""

    because: str = Field(min_length=1, description="The reason, for the plan")


def run(document: BootIni, params: LeaveSerialPort, scope: Scope, path: str) -> Edited[BootIni]:
    """Return the file without `redirect=` and `/redirect`.

    Source: Microsoft, "Boot Parameters to Enable EMS Redirection".
    """
    edited, notes = document, []
    for setting in reversed(document.settings):
        if setting.section == LOADER and setting.key in _KEYS:
            edited = edited.without(setting)
        elif setting.section == SYSTEMS and (value := without_switch(setting.value, "redirect")) != setting.value:
            edited = edited.with_value(setting, value)
        else:
            continue
        notes.append(Note(text=f"no emergency management there: {params.because}", line=setting.line + 1))
    return Edited(edited, tuple(reversed(notes)), why_not="emergency management is not on the serial port")


ACTION = Step(summary="Keep emergency management off the serial port", params=LeaveSerialPort, run=run)
