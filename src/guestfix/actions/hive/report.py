"""`report`: a finding about registry values, with the values as evidence. Changes nothing."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions._finding import FindingParams
from guestfix.actions.hive import KeyPath, Where, keys, said, seen
from guestfix.changes import Evidence
from guestfix.registry.document import HiveDocument
from guestfix.registry.names import joined
from guestfix.rules.action import Edited, Scope, Step
from guestfix.untrusted import shown


class Report(FindingParams):
    """Which values, and what a person should know about them."""

    key: KeyPath = Field(description=r"Path below the root of the hive; `ControlSet*\...` is in every control set")
    name: str = Field(default="", description="Name of the value; the key's default value if it is left out")
    where: Where = Field(description="Which of them")


def run(document: HiveDocument, params: Report, scope: Scope, path: str) -> Edited[HiveDocument]:
    """Return the hive as it is and, if any value is chosen, one finding with these values as evidence."""
    evidence = tuple(
        Evidence(path=path, value=f"{shown(joined(key.path, params.name))}: {said(key.value(params.name))}")
        for key in keys(document, params.key)
        if params.where.holds(scope, seen(key, params.name)) is True
    )
    if not evidence:
        return Edited(document, why_not=f"nothing is to be reported in {params.key}")
    return Edited(document, findings=(params.finding(evidence),))


ACTION = Step(summary="Tell a person about values", params=Report, run=run)
