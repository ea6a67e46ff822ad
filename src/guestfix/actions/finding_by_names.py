"""`finding_by_names`: tell a person something where files have names that are not UTF-8, which facts pass over."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions.finding import FindingHere, here
from guestfix.changes import Evidence
from guestfix.errors import Refused
from guestfix.facts.reading import plain
from guestfix.rules.action import Outcome, Scope, Verb
from guestfix.rules.paths import matching

_MOST_SHOWN = 20


class FindingByNames(FindingHere):
    """What there is to tell, and of which files."""

    paths: tuple[str, ...] = Field(min_length=1, description="Patterns of the files whose names are looked at")


def _run(params: FindingByNames, scope: Scope) -> Outcome:
    found = dict.fromkeys(path for pattern in params.paths for path in _unreadable(pattern, scope))
    if not found:
        return Outcome(why_not="every name is UTF-8")
    seen = tuple(Evidence(path=plain(path)) for path in list(found)[:_MOST_SHOWN])
    return Outcome(findings=(here(params, scope, (*params.evidence, *seen)),))


def _unreadable(pattern: str, scope: Scope) -> list[str]:
    try:
        return [path for path in matching(scope.guest, pattern) if plain(path) != path]
    except Refused:  # no directory, or too much in it: what reads these files says so
        return []


ACTION = Verb(
    "Tell a person something where a file has a name that is not UTF-8: inspection passes over it",
    FindingByNames,
    _run,
)
