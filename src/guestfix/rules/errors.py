"""What can be wrong with rules, and with what a caller asks of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from guestfix.errors import Refused, UsageError


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a rule file; line and column count from 1."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


class RulesInvalid(UsageError):
    """Rule files that cannot be used; `problems` holds everything that is wrong with all of them."""

    code = "GF-RULES-INVALID"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        count = len(self.problems)
        listed = "\n".join(str(problem) for problem in self.problems)
        super().__init__(
            f"{count} {'mistake' if count == 1 else 'mistakes'} in rule files:\n{listed}",
            hint="correct these lines; `guestfix rules schema` prints what a rule may say",
        )


class RulesFolderMissing(UsageError):
    """A folder that was named as a folder of rules is none."""

    code = "GF-RULES-FOLDER"


class RuleUnknown(UsageError):
    """No rule has the id, or matches the pattern, that the caller named."""

    code = "GF-RULES-UNKNOWN-RULE"


class SettingInvalid(UsageError):
    """No rule declares the setting that the caller gave, or not with such a value."""

    code = "GF-RULES-SETTING"


class ValueDoesNotFit(Refused):
    """A `${...}` gave a value, for this guest, that the action cannot take."""

    code = "GF-RULES-VALUE"


class TooManyMatches(Refused):
    """A path pattern matches more files than any guest has a reason to hold."""

    code = "GF-RULES-TOO-MANY-FILES"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean X?)` for the nearest of `known`, or nothing."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" (did you mean {close[0]}?)" if close else ""


def listed(names: Sequence[str], limit: int = 12) -> str:
    """Return `a, b, c` for a message, cut after `limit` names."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
