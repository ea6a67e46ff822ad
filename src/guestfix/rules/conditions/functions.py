"""The functions of the condition language. Each says what it takes, and is checked before anything is run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from guestfix.facts.model import Unknown
from guestfix.guest.errors import GuestIOError
from guestfix.rules.conditions.types import BOOLEAN, TEXT, Type
from guestfix.rules.conditions.values import Environment
from guestfix.rules.errors import TooManyMatches
from guestfix.rules.paths import matching
from guestfix.untrusted import shown

TEXT_LIMIT: Final = 1024
"""Longest text that a regular expression is tried on: time may grow with its cube."""

REPETITIONS: Final = 2
"""Repetitions (`*`, `+`, `{m,n}`) in one regular expression."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function over plain values. Arguments that are unknown make the result unknown, without a call."""

    takes: tuple[tuple[str, Type], ...]
    gives: Type
    summary: str
    run: Callable[..., object]
    check: Mapping[str, Callable[[str], str]]
    """For an argument that must be literal text: what is wrong with that text, or nothing."""


def pattern_mistake(pattern: str) -> str:
    """Say what is wrong with a regular expression, or nothing.

    Python's `re` goes back and tries again, and the text comes from a guest: a repeated group with a repetition or
    a choice inside, as (a+)+ or (a|aa)+, takes time exponential in its length, and each repetition after another
    one more power of it (measured at 1024 characters: two 0.2 s, three 43 s).
    """
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"not a regular expression: {error}"
    bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "x", pattern, flags=re.DOTALL)
    groups = [False]
    repetitions = 0
    for found in re.finditer(r"\(\??|\)([*+]|\{\d*,\d*\})?|[*+?|]|\{\d*,\d*\}", bare):
        token = found[0]
        if token.startswith("("):
            groups.append(False)
            continue
        repetitions += token[0] in "*+{" or bool(found[1])
        if token.startswith(")"):
            varies = groups.pop()
            if not groups:
                return "a comment in a regular expression is not understood: leave it out"
            if varies and found[1]:
                return (
                    "a repetition or choice inside a repeated group can take for ever: write it without the group"
                )
            groups[-1] = groups[-1] or varies or bool(found[1])
        else:
            groups[-1] = True
    if repetitions > REPETITIONS:
        return f"more than {REPETITIONS} repetitions can take for ever: use several matches(...)"
    return ""


def path_mistake(path: str) -> str:
    """Say what is wrong with a path inside a guest, or nothing."""
    return "" if path.startswith("/") else "a path inside a guest begins with `/`"


def version_mistake(version: str) -> str:
    """Say what is wrong with a version to compare with, or nothing."""
    return "" if numbers_of(version) else "a version begins with a number"


def numbers_of(version: str) -> tuple[int, ...]:
    """Return the leading dotted numbers of `version`, without zeros at the end: `5.10.0-21-amd64` gives 5, 10."""
    found = re.match(r"\d{1,9}(?:\.\d{1,9}){0,7}", version, re.ASCII)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _exists(environment: Environment, path: str) -> object:
    if path_mistake(path):
        return Unknown(unknown=f"{shown(path)} is no absolute path")
    try:
        return environment.scope.guest.status(path) is not None
    except GuestIOError as error:
        return Unknown(unknown=error.message)


def _immutable(environment: Environment, path: str) -> object:
    guest = environment.scope.guest
    try:
        found = guest.resolve(path)
        return found is not None and "i" in guest.protection(found)
    except GuestIOError as error:
        return Unknown(unknown=error.message)


def _any_file(environment: Environment, pattern: str) -> object:
    try:
        return bool(matching(environment.scope.guest, pattern))
    except (GuestIOError, TooManyMatches) as error:
        return Unknown(unknown=error.message)


def _matches(environment: Environment, text: str, pattern: str) -> object:
    if len(text) > TEXT_LIMIT:
        return Unknown(unknown=f"text longer than {TEXT_LIMIT} characters is not searched: {shown(text, 40)}")
    return re.search(pattern, text) is not None


def _startswith(environment: Environment, text: str, start: str) -> object:
    return text.startswith(start)


def _version_at_least(environment: Environment, version: str, least: str) -> object:
    numbers = numbers_of(version)
    if not numbers:
        return Unknown(unknown=f"{shown(version, 40)} does not begin with a number")
    return numbers >= numbers_of(least)


FUNCTIONS: Final[Mapping[str, Function]] = {
    "exists": Function(
        (("path", TEXT),),
        BOOLEAN,
        "The guest has something at this path, as this plan leaves it so far; links are followed inside it.",
        _exists,
        {"path": path_mistake},
    ),
    "immutable": Function(
        (("path", TEXT),),
        BOOLEAN,
        "What is at this path has the immutable flag, chattr(1); links are followed inside the guest.",
        _immutable,
        {"path": path_mistake},
    ),
    "any_file": Function(
        (("pattern", TEXT),),
        BOOLEAN,
        "The guest has a file whose path this pattern matches; `*`, `?` and [...] within a component.",
        _any_file,
        {"pattern": path_mistake},
    ),
    "matches": Function(
        (("text", TEXT), ("regex", TEXT)),
        BOOLEAN,
        "The regular expression (Python's `re`, literal text) is found in the text; `^` and `$` anchor it.",
        _matches,
        {"regex": pattern_mistake},
    ),
    "startswith": Function(
        (("text", TEXT), ("start", TEXT)), BOOLEAN, "The text begins with this.", _startswith, {}
    ),
    "version_at_least": Function(
        (("version", TEXT), ("least", TEXT)),
        BOOLEAN,
        "The leading dotted numbers are the same or later: `5.10.0-21-amd64` is at least `4.15`.",
        _version_at_least,
        {"least": version_mistake},
    ),
}

QUANTIFIERS: Final[Mapping[str, str]] = {
    "any": "The condition holds for at least one item of the list.",
    "all": "The condition holds for every item of the list; true for an empty list.",
    "count": "How many items of the list the condition holds for.",
}
KNOWN_SUMMARY: Final = "The value could be established; null is known too."
