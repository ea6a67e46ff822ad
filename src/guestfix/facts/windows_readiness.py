"""Whether a Windows finds its system disk on a target, and whether it answers there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from guestfix.facts.base import Flag, Unknown
from guestfix.facts.windows_model import WindowsReadiness, WindowsService
from guestfix.registry.names import folded
from guestfix.rules.target import Target, WindowsNeed

STARTS: Final = "starts"
NO_FILE: Final = "no file"
MISSING: Final = "missing"

_AT_BOOT: Final = 0
_DISABLED: Final = 4


def readiness(
    target: Target, services: Sequence[WindowsService], unsure: Unknown | None
) -> WindowsReadiness | None:
    """Return how a Windows with these services stands; None: the target is not known to run any.

    `unsure` says why the services could not be read.
    """
    if target.windows is None:
        return None
    known = {folded(service.name): service for service in services}
    storage, network = target.windows.storage, target.windows.network
    return WindowsReadiness(
        storage=_states(storage, known, at_boot=True),
        boots=unsure or _all(storage, known, at_boot=True),
        network=_states(network, known, at_boot=False),
        answers=unsure or _all(network, known, at_boot=False),
    )


def state(service: WindowsService | None, *, at_boot: bool) -> str:
    """Return how one driver stands: it starts, or why it does not. What is no boot driver may start on demand."""
    if service is None:
        return MISSING
    if service.file == "missing":
        return NO_FILE
    if service.start == _DISABLED:
        return "disabled"
    if at_boot and service.start_override:
        return "StartOverride"
    return STARTS if not at_boot or service.start == _AT_BOOT else "not at boot"


def _states(needs: Sequence[WindowsNeed], known: Mapping[str, WindowsService], *, at_boot: bool) -> dict[str, str]:
    return {
        name: state(known.get(folded(name)), at_boot=at_boot)
        for need in needs
        for name in (*need.services, *need.instead)
    }


def _all(needs: Sequence[WindowsNeed], known: Mapping[str, WindowsService], *, at_boot: bool) -> Flag:
    def starts(name: str) -> bool:
        return state(known.get(folded(name)), at_boot=at_boot) == STARTS

    return all(
        need.optional or all(map(starts, need.services)) or any(map(starts, need.instead)) for need in needs
    )
