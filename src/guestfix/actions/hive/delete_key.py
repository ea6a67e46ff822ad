"""`delete_key`: remove a registry key and all below it."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions.hive import KeyParams, Where, keys, seen
from guestfix.changes import Note
from guestfix.registry.document import HiveDocument
from guestfix.rules.action import Edited, Scope, Step
from guestfix.rules.conditions.condition import ALWAYS
from guestfix.untrusted import shown


class DeleteKey(KeyParams):
    """Which keys."""

    where: Where = Field(default=ALWAYS, description="Only where this holds; the value is the key's default value")


def run(document: HiveDocument, params: DeleteKey, scope: Scope, path: str) -> Edited[HiveDocument]:
    """Return the hive without these keys, and one note for each."""
    hive, notes = document, []
    for key in keys(document, params.key):
        if params.where.holds(scope, seen(key, "")) is not True:
            continue
        hive = hive.delete_key(key.path)
        notes.append(Note(text=f"{shown(key.path)} goes: {params.because}"))
    return Edited(hive, tuple(notes), why_not=f"there is no key {params.key} that is to go")


ACTION = Step(summary="Remove a key with all that is below it", params=DeleteKey, run=run)
