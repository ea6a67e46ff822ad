"""`copy_key`: give a key, with all that is below it, a second name beside it."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions._finding import FindingParams
from guestfix.actions.hive import KeyParams, keys
from guestfix.changes import Evidence, Note
from guestfix.registry.document import HiveDocument
from guestfix.registry.names import joined, split_path
from guestfix.rules.action import Edited, Scope, Step
from guestfix.untrusted import shown


class CopyKey(KeyParams):
    """Which key, what its copy is called, and what to say where there is neither."""

    to: str = Field(pattern=r"^[^\\*]+$", description="Name of the copy, below the same key")
    missing: FindingParams | None = Field(default=None, description="The finding where there is no such key")


def run(document: HiveDocument, params: CopyKey, scope: Scope, path: str) -> Edited[HiveDocument]:
    """Return the hive with the copies; a key that is there under that name stays as it is."""
    hive, notes = document, []
    sources = keys(document, params.key)
    for source in sources:
        copy = joined(*split_path(source.path)[:-1], params.to)
        if document.key(copy) is not None:
            continue
        for below in source.walk():
            place = joined(copy, below.path[len(source.path) :].lstrip("\\"))
            if not below.values and not below.children:
                hive = hive.create_key(place)
            for value in below.values.values():
                hive = hive.set_value(place, value.name, value.type, value.data)
        notes.append(Note(text=f"{shown(source.path)} is {shown(params.to)} too: {params.because}"))
    there = keys(document, joined(*split_path(params.key)[:-1], params.to))
    if not sources and not there and params.missing:
        evidence = (Evidence(path=path, value=f"there is no {params.key}"),)
        return Edited(hive, findings=(params.missing.finding(evidence),))
    return Edited(hive, tuple(notes), why_not=f"{params.to} is there" if there else f"there is no {params.key}")


ACTION = Step(summary="Give a key a second name beside it", params=CopyKey, run=run)
