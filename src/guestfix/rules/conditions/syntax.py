"""What the text of a condition is made of. `at` is an offset into that text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """Text, a whole number, true, false or null."""

    value: str | int | bool | None
    at: int


@dataclass(frozen=True, slots=True)
class Items:
    """`[a, b]`."""

    items: tuple[Term, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """A bare name."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Field:
    """`record.name`."""

    of: Term
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Index:
    """`mapping[key]`."""

    of: Term
    key: Term
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """`function(argument, ...)`."""

    function: str
    arguments: tuple[Term, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`."""

    left: Term
    operator: str
    right: Term
    at: int


@dataclass(frozen=True, slots=True)
class Not:
    """`not term`."""

    term: Term
    at: int


@dataclass(frozen=True, slots=True)
class Junction:
    """`a and b and c`, or the same with `or`."""

    word: str
    terms: tuple[Term, ...]
    at: int


Term = Literal | Items | Name | Field | Index | Call | Comparison | Not | Junction
