"""`write_drivers`: a file of our own that names the target's drivers, for initramfs images made later."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions._drivers import Devices, loadable_drivers
from guestfix.changes import Note, Whole
from guestfix.rules.action import Outcome, Params, Proposal, Scope, Verb
from guestfix.untrusted import shown


class WriteDrivers(Params):
    """Which file, and what stands around the names."""

    path: str = Field(pattern="^/", description="Path inside the guest; a file that guestfix alone writes")
    before: str = Field(description="Text before the names, which blanks part")
    after: str = Field(description="Text behind the names")
    devices: tuple[Devices, ...] = Field(
        default=("storage",), description="Kinds of devices whose drivers are named"
    )


def _run(params: WriteDrivers, scope: Scope) -> Outcome:
    names = loadable_drivers(scope, params.devices)
    if not names:
        return Outcome(why_not="no kernel has a driver of the target as a module")
    data = f"{params.before}{' '.join(names)}{params.after}".encode()
    status = scope.guest.status(params.path)
    if status is not None and status.size == len(data) and scope.guest.read(params.path, status.size) == data:
        return Outcome(why_not=f"{shown(params.path)} says so already")
    note = Note(text=f"{', '.join(names)}: in every initramfs made from now on")
    return Outcome(proposals=(Proposal(params.path, Whole(data=data), (note,)),))


ACTION = Verb("Name the target's drivers in a file of our own", WriteDrivers, _run)
