"""`disable_services`: switch services and drivers off in every control set, and take them out of class filters."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions.hive import keys
from guestfix.changes import Note
from guestfix.registry.document import HiveDocument
from guestfix.registry.names import folded, joined
from guestfix.registry.values import ValueType, dword, multi_sz
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown

DISABLED = 4
"""SERVICE_DISABLED of winnt.h. The keys stay: whoever uninstalls the software needs them."""


class DisableServices(Params):
    """Which services, and why."""

    names: tuple[str, ...] = Field(min_length=1, description="Names of services, in any case")
    because: str = Field(min_length=1, description="Why, for the plan")


def run(document: HiveDocument, params: DisableServices, scope: Scope, path: str) -> Edited[HiveDocument]:
    """Return the hive with these services off.

    A filter that is listed and cannot be loaded keeps its device from starting, so it leaves the lists as well.
    """
    hive, notes = document, []
    for name in params.names:
        for key in keys(document, f"ControlSet*\\Services\\{name}"):
            start = key.value("Start")
            if start is not None and start.number != DISABLED:
                hive = hive.set_value(key.path, "Start", ValueType.DWORD, dword(DISABLED))
                notes.append(Note(text=f"{shown(key.path)} is switched off: {params.because}"))
    unwanted = {folded(name) for name in params.names}
    for key in keys(document, r"ControlSet*\Control\Class\*"):
        for place in ("UpperFilters", "LowerFilters"):
            value = key.value(place)
            listed = (value.strings if value else None) or ()
            rest = tuple(one for one in listed if folded(one) not in unwanted)
            if rest == listed:
                continue
            gone = ", ".join(one for one in listed if folded(one) in unwanted)
            if rest:
                hive = hive.set_value(key.path, place, ValueType.MULTI_SZ, multi_sz(rest))
            else:
                hive = hive.delete_value(key.path, place)
            notes.append(Note(text=f"{shown(joined(key.path, place))} loses {shown(gone)}: {params.because}"))
    return Edited(hive, tuple(notes), why_not="none of these services is there and on")


ACTION = Step(summary="Switch services off and take them out of class filters", params=DisableServices, run=run)
