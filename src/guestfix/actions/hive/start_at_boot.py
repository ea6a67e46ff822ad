"""`start_at_boot`: let the target's storage drivers of Windows start with the system, in every control set."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions._finding import FindingParams
from guestfix.actions.hive import keys
from guestfix.changes import Evidence, Finding, Note
from guestfix.facts.windows_model import Windows
from guestfix.facts.windows_readiness import MISSING, NO_FILE
from guestfix.registry import any_case
from guestfix.registry.document import HiveDocument
from guestfix.registry.values import ValueType, dword
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.rules.target import WindowsNeed
from guestfix.untrusted import shown


class StartAtBoot(Params):
    """What to say where a driver cannot be had."""

    because: str = Field(min_length=1, description="Why, for the plan")
    missing: FindingParams = Field(description="The finding for a disk that this Windows has no driver for")


def run(document: HiveDocument, params: StartAtBoot, scope: Scope, path: str) -> Edited[HiveDocument]:
    """Return the hive in which every storage driver that is there starts at boot, and findings for the others.

    A driver without its file is not touched: started at boot, it would stop the boot.
    """
    if scope.target.windows is None or scope.facts.windows is None:
        return Edited(document, why_not=f"no Windows is known to run on {scope.target.id}")
    states = scope.facts.windows.targets[scope.target.id].storage
    there = [
        name
        for name, state in states.items()
        if state not in (MISSING, NO_FILE) or _given(name, document, scope, scope.facts.windows)
    ]
    hive, notes = document, []
    for name in there:
        for key in keys(document, f"ControlSet*\\Services\\{name}"):
            after = hive.set_value(key.path, "Start", ValueType.DWORD, dword(0))
            after = after.delete_key(f"{key.path}\\StartOverride")
            if after != hive:
                notes.append(Note(text=f"{shown(key.path)} starts with the system: {params.because}"))
            hive = after
    findings = tuple(_missing(need, scope.facts.windows, params, scope) for need in scope.target.windows.storage
                     if not need.optional and not _has(need, there))  # fmt: skip
    return Edited(
        hive, tuple(notes), findings, why_not="every storage driver that is there starts with the system"
    )


def _given(name: str, document: HiveDocument, scope: Scope, windows: Windows) -> bool:
    """Whether this plan brings the driver along: its service is in the hive now, and its file on the disk."""
    services = keys(document, f"ControlSet*\\Services\\{name}")
    images = [value.text or "" for service in services if (value := service.value("ImagePath"))]
    files = [image.rpartition("\\")[2] for image in images]
    drivers = f"{windows.system_root}/System32/drivers"
    return bool(files) and all(any_case(scope.guest, f"{drivers}/{file}") for file in files)


def _has(need: WindowsNeed, there: list[str]) -> bool:
    return all(name in there for name in need.services) or any(name in there for name in need.instead)


def _missing(need: WindowsNeed, windows: Windows, params: StartAtBoot, scope: Scope) -> Finding:
    states = windows.targets[scope.target.id].storage
    names = (*need.services, *need.instead)
    value = f"{need.device}: " + ", ".join(f"{name} {states[name]}" for name in names)
    return params.missing.finding((Evidence(path=f"{windows.system_root}/System32/drivers", value=value),))


ACTION = Step(summary="Let the target's storage drivers start with the system", params=StartAtBoot, run=run)
