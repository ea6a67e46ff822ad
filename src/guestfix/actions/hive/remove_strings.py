"""`remove_strings`: take strings out of a list, such as the filters of a device class."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions.hive import ValueParams, chosen
from guestfix.changes import Note
from guestfix.registry.document import HiveDocument
from guestfix.registry.names import folded
from guestfix.registry.values import ValueType, multi_sz
from guestfix.rules.action import Edited, Scope, Step
from guestfix.untrusted import shown


class RemoveStrings(ValueParams):
    """Which strings of which MULTI_SZ."""

    strings: tuple[str, ...] = Field(min_length=1, description="The strings, in any case")


def run(document: HiveDocument, params: RemoveStrings, scope: Scope, path: str) -> Edited[HiveDocument]:
    """Return the hive without the strings; a list that is empty then goes, as Windows would have it."""
    hive, notes = document, []
    unwanted = {folded(text) for text in params.strings}
    for key in chosen(document, params, scope):
        value = key.value(params.name)
        if value is None or value.strings is None:
            continue
        rest = tuple(text for text in value.strings if folded(text) not in unwanted)
        if rest == value.strings:
            continue
        if rest:
            hive = hive.set_value(key.path, params.name, ValueType.MULTI_SZ, multi_sz(rest))
        else:
            hive = hive.delete_value(key.path, params.name)
        gone = ", ".join(text for text in value.strings if folded(text) in unwanted)
        notes.append(Note(text=f"{shown(key.path)}: {shown(params.name)} loses {shown(gone)}: {params.because}"))
    return Edited(hive, tuple(notes), why_not=f"no {params.name} of {params.key} has {', '.join(params.strings)}")


ACTION = Step(summary="Take strings out of a list", params=RemoveStrings, run=run)
