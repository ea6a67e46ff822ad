"""`name_by_uuid`: replace a device name in a variable by a UUID."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions._by_uuid import by_uuid
from guestfix.changes import Note
from guestfix.formats.shell_variables import ShellVariables
from guestfix.rules.action import Edited, Params, Scope, Step


class NameByUuid(Params):
    """Which variable holds a device."""

    name: str = Field(description="The variable", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    type: str = Field(default="", description="What the device must hold, as blkid names it: swap, ext4 ...")


def run(document: ShellVariables, params: NameByUuid, scope: Scope, path: str) -> Edited[ShellVariables]:
    """Return the file in which the variable names its device by UUID."""
    value = document.get(params.name)
    found = by_uuid(value, scope, params.type) if value else None
    if found is None:
        return Edited(document, why_not=f"{params.name} names no device of the old platform")
    return Edited(document.with_value(params.name, found[0]), notes=(Note(text=f"{params.name}: {found[1]}"),))


ACTION = Step(summary="Replace a device name in a variable by a UUID", params=NameByUuid, run=run)
