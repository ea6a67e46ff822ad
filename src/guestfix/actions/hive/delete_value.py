"""`delete_value`: remove a registry value."""

from __future__ import annotations

from guestfix.actions.hive import ValueParams, chosen, said, why_none
from guestfix.changes import Note
from guestfix.registry.document import HiveDocument
from guestfix.rules.action import Edited, Scope, Step
from guestfix.untrusted import shown


def run(document: HiveDocument, params: ValueParams, scope: Scope, path: str) -> Edited[HiveDocument]:
    """Return the hive without the value wherever it is, and one note for each."""
    hive, notes = document, []
    for key in chosen(document, params, scope):
        value = key.value(params.name)
        if value is None:
            continue
        hive = hive.delete_value(key.path, params.name)
        notes.append(
            Note(text=f"{shown(key.path)}: {shown(params.name)} was {said(value)}, goes: {params.because}")
        )
    return Edited(hive, tuple(notes), why_not=why_none(document, params))


ACTION = Step(summary="Remove a value", params=ValueParams, run=run)
