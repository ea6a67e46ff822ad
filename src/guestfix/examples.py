"""The world that the examples of rules live in: guests in memory, with the real inspection, apply and revert."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from guestfix.apply import apply
from guestfix.facts.collect import Inspection, collect
from guestfix.facts.model import Unknown
from guestfix.guest.memory import MemoryGuest
from guestfix.plan import Plan
from guestfix.revert import revert
from guestfix.rules.family import Family
from guestfix.rules.fixtures import File
from guestfix.rules.runner import World
from guestfix.rules.target import Target


def world(targets: Sequence[Target], families: Sequence[Family] | None = None) -> World[MemoryGuest]:
    """Return what `run_examples` needs; kernels are judged for all of `targets`, systems told by `families`."""

    def inspect(guest: MemoryGuest) -> Inspection:
        disks = Unknown(unknown="an example has the disks that its facts give it")
        return collect(guest, disks, targets, families)

    def carry_out(guest: MemoryGuest, plan: Plan) -> object:
        return apply(guest, plan.changes, target=plan.target, plan=plan.identity)

    return World(build=_build, inspect=inspect, apply=carry_out, revert=revert)


def _build(files: Mapping[str, File]) -> MemoryGuest:
    links = {path: file.link for path, file in files.items() if file.link is not None}
    guest = MemoryGuest(symlinks=links)
    for path, file in files.items():
        if file.link is None:
            guest.add_file(path, file.data, mode=file.mode, letters=file.letters)
    return guest
