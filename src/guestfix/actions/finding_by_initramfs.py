"""`finding_by_initramfs`: tell a person something of images that lack drivers which no rule adds."""

from __future__ import annotations

from collections.abc import Iterator

from guestfix.actions._supplied import supplied
from guestfix.actions.finding import FindingHere, here
from guestfix.changes import Evidence
from guestfix.facts.model import DriverState, Initramfs, Kernel
from guestfix.facts.readiness import FINDS_ROOT
from guestfix.rules.action import Outcome, Scope, Verb
from guestfix.untrusted import shown


def _run(params: FindingHere, scope: Scope) -> Outcome:
    extended = {change.path for change in scope.changes}
    lacking: list[Evidence] = []
    for kernel in scope.facts.kernels:
        image = kernel.initramfs
        if kernel.kind in ("rescue", "kdump") or not isinstance(image, Initramfs) or image.path in extended:
            continue
        outside = list(dict.fromkeys(_outside(kernel, scope)))
        if outside:
            value = f"lacks {', '.join(outside)} for kernel {shown(kernel.version)}"
            lacking.append(Evidence(path=image.path, value=value))
    if lacking:
        return Outcome(findings=(here(params, scope, (*params.evidence, *lacking)),))
    return Outcome(why_not="no initramfs that can be read is left without a driver that its kernel has")


def _outside(kernel: Kernel, scope: Scope) -> Iterator[str]:
    """Yield the drivers of the root disk that the kernel has, or is given, outside its initramfs only."""
    states = kernel.targets[scope.target.id].storage
    given = supplied(scope.supplies.drivers, kernel.version).names

    def to_be_had(name: str) -> bool:
        state = states.get(name, DriverState.MISSING)
        return state is DriverState.ON_DISK or (state is DriverState.MISSING and name in given)

    for need in scope.target.drivers.storage:
        ways = [way for way in (need.modules, need.instead) if way]
        if need.optional or any(all(states.get(name) in FINDS_ROOT for name in way) for way in ways):
            continue
        for way in ways:  # where no way is open, the kernel has no driver at all: extend_initramfs says so
            if all(states.get(name) in FINDS_ROOT or to_be_had(name) for name in way):
                yield from (name for name in way if to_be_had(name))
                break


ACTION = Verb(
    "Tell a person something of initramfs images that lack drivers which their kernels have, and that no earlier"
    " rule of this plan extends",
    FindingHere,
    _run,
)
