"""`create_key`: make a registry key, empty where it is new."""

from __future__ import annotations

from guestfix.actions.hive import KeyParams, paths_to_make
from guestfix.changes import Note
from guestfix.registry.document import HiveDocument
from guestfix.rules.action import Edited, Scope, Step
from guestfix.untrusted import shown


def run(document: HiveDocument, params: KeyParams, scope: Scope, path: str) -> Edited[HiveDocument]:
    """Return the hive in which the keys are, and one note for each that is new."""
    hive, notes, there = document, [], False
    for where in paths_to_make(document, params.key):
        after = hive.create_key(where)
        there = there or after == hive
        if after != hive:
            notes.append(Note(text=f"{shown(where)} is made: {params.because}"))
        hive = after
    why_not = f"{params.key} is there" if there else f"nothing is there to make {params.key} in"
    return Edited(hive, tuple(notes), why_not=why_not)


ACTION = Step(summary="Make a key", params=KeyParams, run=run)
