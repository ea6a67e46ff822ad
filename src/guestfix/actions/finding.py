"""`finding`: tell a person something. A check is a rule with a condition and this."""

from __future__ import annotations

from fnmatch import fnmatchcase

from pydantic import Field

from guestfix.actions._finding import FindingParams
from guestfix.changes import Evidence, Finding, Severity
from guestfix.rules.action import Outcome, Scope, Verb


class FindingHere(FindingParams):
    """What there is to tell, and where it was seen."""

    evidence: tuple[Evidence, ...] = Field(default=(), description="Where it was seen")
    severity_on: dict[str, Severity] = Field(
        default={}, description="Another severity on targets by id or pattern: {ec2-*: error}"
    )


def here(params: FindingHere, scope: Scope, evidence: tuple[Evidence, ...]) -> Finding:
    """Return the finding with the severity that it has on this target."""
    found = params.finding(evidence)
    for pattern, severity in params.severity_on.items():
        if fnmatchcase(scope.target.id, pattern):
            found = found.model_copy(update={"severity": severity})
    return found


def _run(params: FindingHere, scope: Scope) -> Outcome:
    return Outcome(findings=(here(params, scope, params.evidence),))


ACTION = Verb("Tell a person something: a stable code, what, why, what to do", FindingHere, _run)
