"""Whether a kernel finds its root disk on a target, and whether it answers there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from guestfix.facts.model import DriverState, Readiness, Unknown
from guestfix.rules.target import Need, Target


@dataclass(frozen=True, slots=True)
class Modules:
    """The modules of one kernel, by name with `_`."""

    directory: str
    on_disk: frozenset[str]
    built_in: frozenset[str]


FINDS_ROOT = (DriverState.BUILT_IN, DriverState.IN_INITRAMFS)
LOADABLE = (*FINDS_ROOT, DriverState.ON_DISK)


def readiness(
    target: Target, modules: Modules | Unknown, inside: frozenset[str], unreadable: Unknown | None
) -> Readiness:
    """Return how a kernel with these modules, and these in its initramfs, stands on a target.

    `unreadable` says why the initramfs could not be read, if it is there and could not.
    """
    storage = _states(target.drivers.storage, modules, inside)
    network = _states(target.drivers.network, modules, inside)
    boots = _all(target.drivers.storage, storage, FINDS_ROOT)
    answers = _all(target.drivers.network, network, LOADABLE)
    unsure = unreadable or (modules if isinstance(modules, Unknown) else None)
    return Readiness(
        storage=storage,
        network=network,
        boots=boots if boots or unsure is None else unsure,
        answers=answers if answers or not isinstance(modules, Unknown) else modules,
    )


def _states(needs: Sequence[Need], modules: Modules | Unknown, inside: frozenset[str]) -> dict[str, DriverState]:
    return {name: _state(name, modules, inside) for need in needs for name in (*need.modules, *need.instead)}


def _state(name: str, modules: Modules | Unknown, inside: frozenset[str]) -> DriverState:
    module = name.replace("-", "_")
    if isinstance(modules, Modules) and module in modules.built_in:
        return DriverState.BUILT_IN
    if module in inside:
        return DriverState.IN_INITRAMFS
    if isinstance(modules, Modules) and module in modules.on_disk:
        return DriverState.ON_DISK
    return DriverState.MISSING


def _all(needs: Sequence[Need], states: dict[str, DriverState], enough: Sequence[DriverState]) -> bool:
    return all(
        need.optional
        or all(states[name] in enough for name in need.modules)
        or (bool(need.instead) and all(states[name] in enough for name in need.instead))
        for need in needs
    )
