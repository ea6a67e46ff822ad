"""`finding_by_support`: tell a person something where the target's lists of systems say so."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions.finding import FindingHere, here
from guestfix.changes import Evidence
from guestfix.facts.model import Unknown
from guestfix.rules.action import Outcome, Scope, Verb
from guestfix.rules.support import Standing, standing
from guestfix.untrusted import shown


class FindingBySupport(FindingHere):
    """What there is to tell, and how the system has to stand for it."""

    standing: tuple[Standing, ...] = Field(min_length=1, description="How the system stands on the target's lists")


def _run(params: FindingBySupport, scope: Scope) -> Outcome:
    found = standing(scope.target.support, scope.facts.os)
    if isinstance(found, Unknown):
        return Outcome(why_not=f"nobody can look it up: {shown(found.unknown)}")
    if found.standing not in params.standing:
        return Outcome(why_not=f"it stands otherwise: {found.standing.value}")
    note = f"{found.line.note or found.standing.value} ({found.title})" if found.line else ""
    seen = (Evidence(path=f"rules/support, {scope.target.id}", value=note),) if note else ()
    return Outcome(findings=(here(params, scope, (*params.evidence, *seen)),))


ACTION = Verb(
    "Tell a person something where the target's lists of systems (rules/support/) say so", FindingBySupport, _run
)
