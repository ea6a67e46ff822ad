"""Which drivers the target asks for, and which of them some kernel of the guest has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from guestfix.facts.model import DriverState
from guestfix.rules.action import Scope

Devices = Literal["storage", "network"]


def needed_names(scope: Scope) -> tuple[str, ...]:
    """Return the modules of every device of the target, in its order, each once."""
    drivers = scope.target.drivers
    needs = (*drivers.storage, *drivers.network)
    return tuple(dict.fromkeys(name for need in needs for name in (*need.modules, *need.instead)))


def loadable_drivers(scope: Scope, devices: Sequence[Devices]) -> list[str]:
    """Return the drivers of these kinds of devices that are a loadable module of at least one kernel here.

    A name that no kernel has would make every later run of the guest's own generator warn or fail.
    """
    return list(
        dict.fromkeys(
            module
            for kind in devices
            for need in (scope.target.drivers.storage if kind == "storage" else scope.target.drivers.network)
            for module in (*need.modules, *need.instead)
            if _loadable(module, kind, scope)
        )
    )


def _loadable(module: str, kind: Devices, scope: Scope) -> bool:
    readiness = [
        kernel.targets[scope.target.id] for kernel in scope.facts.kernels if scope.target.id in kernel.targets
    ]
    return any(
        (each.storage if kind == "storage" else each.network).get(module)
        in (DriverState.IN_INITRAMFS, DriverState.ON_DISK)
        for each in readiness
    )
