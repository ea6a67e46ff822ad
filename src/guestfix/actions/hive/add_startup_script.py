r"""`add_startup_script`: let Windows run a script at its start, as SYSTEM, by the local group policy.

Source: Azure/AzMigrate-Hydration RecoveryHelpers.cpp (SetBootupScript, RegAddBootUpScript), which does so offline:
one key for the script's group policy, in two places, under the first number that is free in both, and a key `0`
below for the script itself. [MS-GPSCR] says what Windows does with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic import Field

from guestfix.changes import Note
from guestfix.facts.model import Unknown
from guestfix.registry.document import HiveDocument
from guestfix.registry.values import ValueType, dword, sz
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.rules.conditions.functions import numbers_of
from guestfix.untrusted import shown

STATE: Final = r"Microsoft\Windows\CurrentVersion\Group Policy\State\Machine\Scripts\Startup"
POLICY: Final = r"Microsoft\Windows\CurrentVersion\Group Policy\Scripts\Startup"
POLICY_2003: Final = r"Policies\Microsoft\Windows\System\Scripts\Startup"
"""Where it is up to XP and Server 2003."""

_SYSTEM_ROOT: Final = r"Microsoft\Windows NT\CurrentVersion"
_NUMBERS: Final = 100
"""Numbers that are tried; each is one group policy with scripts."""


class AddStartupScript(Params):
    """Which script."""

    script: str = Field(min_length=1, description=r"Its path below the directory of Windows, with `\`")
    because: str = Field(min_length=1, description="Why, for the plan")


def run(document: HiveDocument, params: AddStartupScript, scope: Scope, path: str) -> Edited[HiveDocument]:
    """Return SOFTWARE in which the script is one of those that run at start; its argument is the key's number."""
    version = scope.facts.os.version
    if isinstance(version, Unknown) or not numbers_of(version):
        return Edited(document, why_not="nobody can tell which Windows it is, and so where its scripts are named")
    said = document.value(_SYSTEM_ROOT, "SystemRoot")
    root = (said.text if said else None) or "C:\\Windows"
    script = f"{root}\\{params.script}"
    policy = POLICY if numbers_of(version) > (5, 2) else POLICY_2003
    free: int | None = None
    for number in range(_NUMBERS):
        places = [f"{parent}\\{number}" for parent in (policy, STATE)]
        if all(_names(document, place, script) for place in places):
            return Edited(document, why_not=f"{shown(script)} runs at start already")
        if free is None and not any(document.key(place) for place in places):
            free = number
    if free is None:
        return Edited(document, why_not="every number for a startup script is taken")
    for parent in (policy, STATE):
        for key, name, kind, data in _entry(f"{parent}\\{free}", script, root, free, numbers_of(version)):
            document = document.set_value(key, name, kind, data)
    note = Note(text=f"{shown(script)} runs at the next start, as SYSTEM: {params.because}")
    return Edited(document, (note,))


def _names(document: HiveDocument, place: str, script: str) -> bool:
    value = document.value(f"{place}\\0", "Script")
    return value is not None and (value.text or "").lower() == script.lower()


def _entry(
    place: str, script: str, root: str, number: int, version: tuple[int, ...]
) -> Iterator[tuple[str, str, int, bytes]]:
    texts = {
        "GPO-ID": "LocalGPO",
        "SOM-ID": "Local",
        "FileSysPath": f"{root}\\System32\\GroupPolicy\\Machine",
        "DisplayName": "Local Group Policy",
        "GPOName": "Local Group Policy",
    }
    for name, text in texts.items():
        yield place, name, ValueType.SZ, sz(text)
    if version >= (6, 1):  # 2008 R2 and 7 came with scripts of PowerShell
        yield place, "PSScriptOrder", ValueType.DWORD, dword(1)
        yield f"{place}\\0", "IsPowershell", ValueType.DWORD, dword(0)
    yield f"{place}\\0", "Script", ValueType.SZ, sz(script)
    yield f"{place}\\0", "Parameters", ValueType.SZ, sz(str(number))
    yield f"{place}\\0", "ExecTime", ValueType.BINARY, bytes(16)


ACTION = Step(summary="Let Windows run a script at its start, as SYSTEM", params=AddStartupScript, run=run)
