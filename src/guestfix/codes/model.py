"""What is told about one code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from guestfix.errors import UsageError
from guestfix.untrusted import shown

SHORTEST_TEXT: Final = 6
"""Characters that a part of a message must have to be looked for in the messages of VM Import/Export."""


class CodeUnknown(UsageError):
    """No code, and no message of VM Import/Export, is like what was asked for."""

    code = "GF-EXPLAIN-UNKNOWN"


@dataclass(frozen=True, slots=True)
class Explanation:
    """One code. Texts that a guest's values complete have `…` in their place."""

    code: str
    kind: str
    """finding, refusal, usage error, problem of this host, defect."""
    meaning: tuple[str, ...]
    severities: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    """Ids of rules, or modules, that say it."""

    def with_more(self, other: Explanation) -> Explanation:
        """Return this and another place's explanation of the same code as one."""
        return Explanation(
            self.code,
            self.kind,
            _once(self.meaning, other.meaning),
            _once(self.severities, other.severities),
            _once(self.why, other.why),
            _once(self.remedies, other.remedies),
            _once(self.aliases, other.aliases),
            _once(self.places, other.places),
        )


def catalogue(explanations: Iterable[Explanation]) -> tuple[Explanation, ...]:
    """Return each code once, sorted by code."""
    found: dict[str, Explanation] = {}
    for explanation in explanations:
        known = found.get(explanation.code)
        found[explanation.code] = known.with_more(explanation) if known else explanation
    return tuple(found[code] for code in sorted(found))


def find(known: Iterable[Explanation], asked: str) -> tuple[Explanation, ...]:
    """Return what a code, the start of one, or a message of VM Import/Export (or part of it) stands for.

    Raises CodeUnknown.
    """
    known = tuple(known)
    wanted = asked.strip().upper()
    exact = tuple(each for each in known if each.code == wanted)
    found = (
        exact or tuple(each for each in known if wanted and each.code.startswith(wanted)) or _by_text(known, asked)
    )
    if found:
        return found
    close = get_close_matches(wanted, [each.code for each in known], n=1, cutoff=0.6)
    raise CodeUnknown(
        f"nothing is known of {shown(asked)}" + (f" (did you mean {close[0]}?)" if close else ""),
        hint="give a code such as GF-LINUX-FSTAB-UNRESOLVED, or what VM Import/Export said; "
        "docs/findings.md lists them all",
    )


def _by_text(known: Iterable[Explanation], asked: str) -> tuple[Explanation, ...]:
    """A message is known by a part of it, and by a line of a log that it is a part of."""
    text = _plain(asked)
    if len(text) < SHORTEST_TEXT:
        return ()
    return tuple(
        each for each in known if any(text in (said := _plain(alias)) or said in text for alias in each.aliases)
    )


def _plain(text: str) -> str:
    return " ".join(text.lower().replace(":", " ").strip(" .").split())


def _once(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))
