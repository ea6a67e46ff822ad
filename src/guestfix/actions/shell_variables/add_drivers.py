"""`add_drivers`: add the target's drivers to a variable that lists modules (INITRD_MODULES of SUSE)."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions._drivers import Devices, loadable_drivers
from guestfix.changes import Note
from guestfix.formats.shell_variables import ShellVariables
from guestfix.rules.action import Edited, Params, Scope, Step


class AddDrivers(Params):
    """Which variable, and which devices' drivers."""

    variable: str = Field(description="The variable", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    devices: tuple[Devices, ...] = Field(
        default=("storage",), description="Kinds of devices whose drivers are listed"
    )


def run(document: ShellVariables, params: AddDrivers, scope: Scope, path: str) -> Edited[ShellVariables]:
    """Return the file with the drivers behind those that the variable lists already."""
    value = document.get(params.variable)
    if value is None:
        return Edited(document, why_not=f"{params.variable} is not assigned, or computed by shell code")
    listed = {word.replace("-", "_") for word in value.split()}
    added = [name for name in loadable_drivers(scope, params.devices) if name.replace("-", "_") not in listed]
    if not added:
        return Edited(document, why_not=f"{params.variable} lists every loadable driver that the target needs")
    edited = document.with_value(params.variable, " ".join([value, *added]).strip())
    return Edited(edited, notes=(Note(text=f"{', '.join(added)}: in every initramfs made from now on"),))


ACTION = Step(summary="Add the target's drivers to a variable that lists modules", params=AddDrivers, run=run)
