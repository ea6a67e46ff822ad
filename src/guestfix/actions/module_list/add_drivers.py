"""`add_drivers`: list the modules that the target's devices need and that some kernel of the guest has."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions._drivers import Devices, loadable_drivers
from guestfix.changes import Note
from guestfix.formats.module_list import ModuleList
from guestfix.rules.action import Edited, Params, Scope, Step


class AddDrivers(Params):
    """Which devices' drivers."""

    devices: tuple[Devices, ...] = Field(
        default=("storage",), description="Kinds of devices whose drivers are listed"
    )


def run(document: ModuleList, params: AddDrivers, scope: Scope, path: str) -> Edited[ModuleList]:
    """Return the list with every driver that is a loadable module of at least one kernel here."""
    needed = loadable_drivers(scope, params.devices)
    edited = document
    for module in needed:
        edited = edited.add(module)
    added = [module for module in needed if not document.has(module)]
    if not added:
        return Edited(document, why_not="every loadable driver that the target needs is listed")
    return Edited(edited, notes=(Note(text=f"{', '.join(added)}: in every initramfs made from now on"),))


ACTION = Step(summary="List the modules that the target's devices need", params=AddDrivers, run=run)
