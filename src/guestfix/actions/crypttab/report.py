"""`report`: a finding about lines of crypttab, with the lines as evidence. Changes nothing."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from guestfix.actions._finding import FindingParams
from guestfix.actions.crypttab import CrypttabLine, lines
from guestfix.changes import Evidence
from guestfix.formats.crypttab import Crypttab
from guestfix.rules.action import Edited, Scope, Step
from guestfix.rules.conditions.condition import Condition, Over
from guestfix.untrusted import shown


class Report(FindingParams):
    """Which lines, and what a person should know about them."""

    where: Annotated[Condition, Over(CrypttabLine)] = Field(description="Which lines")


def run(document: Crypttab, params: Report, scope: Scope, path: str) -> Edited[Crypttab]:
    """Return the document as it is and, if any line is chosen, one finding with these lines as evidence."""
    evidence = tuple(
        Evidence(path=path, line=number, value=shown(entry.text))
        for number, entry, line in lines(document, scope)
        if params.where.holds(scope, line) is True
    )
    if not evidence:
        return Edited(document, why_not="no line is to be reported")
    return Edited(document, findings=(params.finding(evidence),))


ACTION = Step(summary="Tell a person about lines", params=Report, run=run)
