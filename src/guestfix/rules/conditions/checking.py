"""From syntax to something that can be evaluated: every name, function and type is checked on the way.

A part that has a mistake gets the type *anything*, so that a mistake is reported once and the rest still checked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from guestfix.facts.model import Unknown
from guestfix.rules.conditions import syntax
from guestfix.rules.conditions.functions import FUNCTIONS, QUANTIFIERS, Function
from guestfix.rules.conditions.grammar import Mistake
from guestfix.rules.conditions.types import (
    ANYTHING,
    BOOLEAN,
    INTEGER,
    NULL,
    SIMPLE,
    TEXT,
    Kind,
    Type,
    list_of,
)
from guestfix.rules.conditions.values import (
    Environment,
    Value,
    attribute,
    both,
    compare,
    contains,
    count,
    either,
    first_unknown,
    item_at,
    negated,
    nothing,
    truth,
)
from guestfix.rules.errors import did_you_mean, listed
from guestfix.untrusted import shown

ITEM: Final = "it"
"""The name of the item itself in `where`, `any`, `all` and `count`."""


@dataclass(frozen=True, slots=True)
class Part:
    """A checked part of a condition. `literal` holds the text of a text literal."""

    type: Type
    value: Value
    at: int
    literal: str | None = None
    constant: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """What names mean: the roots with their types and how they are reached, and the types of enclosing items."""

    roots: Mapping[str, tuple[Type, Value]]
    items: tuple[Type, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """A dotted name that a condition speaks of, and its value."""

    text: str
    type: Type
    value: Value
    inner: bool
    """It belongs to an item of `any`, `all` or `count`, so it has no value outside."""


class Checker:
    """Checks one condition. `mistakes` and `mentions` fill while `check` runs."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.outer = len(names.items)
        self.mistakes: list[Mistake] = []
        self.mentions: list[Mention] = []

    def check(self, term: syntax.Term) -> Part:
        """Return `term` checked."""
        match term:
            case syntax.Literal():
                return _literal(term)
            case syntax.Items():
                return self._items(term)
            case syntax.Name():
                return self._mentioned(term, self._name(term))
            case syntax.Field():
                return self._mentioned(term, self._field(term))
            case syntax.Index():
                return self._index(term)
            case syntax.Call():
                return self._call(term)
            case syntax.Comparison():
                return self._comparison(term)
            case syntax.Not():
                inner = self.condition(term.term, "`not`")
                return Part(
                    BOOLEAN, lambda env: negated(truth(inner.value(env))), term.at, constant=inner.constant
                )
            case syntax.Junction():
                return self._junction(term)

    def condition(self, term: syntax.Term, who: str) -> Part:
        """Return `term` checked to be true or false; `who` wants it so."""
        part = self.check(term)
        self._expect(part, BOOLEAN, who)
        return part

    def _wrong(self, at: int, message: str) -> Part:
        self.mistakes.append(Mistake(at, message))
        return Part(ANYTHING, nothing, at)

    def _expect(self, part: Part, wanted: Type, who: str) -> None:
        if not part.type.fits(wanted):
            self._wrong(part.at, f"{who} takes {wanted}, and this is {part.type}")

    def _items(self, term: syntax.Items) -> Part:
        parts = [self.check(item) for item in term.items]
        for part in parts[1:]:
            if not part.type.fits(parts[0].type):
                self._wrong(part.at, f"this list is of {parts[0].type}, and this is {part.type}")
        kind = next((replace(part.type, words=()) for part in parts if part.type != NULL), None)
        values = [part.value for part in parts]
        return Part(
            list_of(kind), lambda env: tuple(value(env) for value in values), term.at,
            constant=all(part.constant for part in parts),
        )  # fmt: skip

    def _name(self, term: syntax.Name) -> Part:
        for depth in reversed(range(len(self.names.items))):
            kind = self.names.items[depth]
            if term.name == ITEM:
                return Part(kind, item_at(depth), term.at)
            fields = kind.parts()
            if term.name in fields:
                return Part(fields[term.name], attribute(item_at(depth), term.name), term.at)
        if term.name in self.names.roots:
            kind, value = self.names.roots[term.name]
            return Part(kind, value, term.at)
        known = [*self.names.roots]
        for kind in self.names.items:
            known += [ITEM, *kind.parts()]
        if term.name in FUNCTIONS or term.name in QUANTIFIERS or term.name == "known":
            return self._wrong(term.at, f"`{term.name}` is a function: write `{term.name}(...)`")
        return self._wrong(term.at, f"nothing is called `{shown(term.name)}`{did_you_mean(term.name, known)}")

    def _field(self, term: syntax.Field) -> Part:
        of = self.check(term.of)
        if of.type.kind is Kind.ANYTHING:
            return Part(ANYTHING, nothing, term.at)
        if of.type.kind is not Kind.RECORD:
            return self._wrong(term.at, f"{of.type} has no parts, so `.{shown(term.name)}` means nothing")
        fields = of.type.parts()
        if term.name not in fields:
            near = did_you_mean(term.name, fields) or f": it has {listed(sorted(fields))}"
            return self._wrong(term.at, f"`{_text_of(term.of)}` has no `{shown(term.name)}`{near}")
        return Part(fields[term.name], attribute(of.value, term.name), term.at)

    def _mentioned(self, term: syntax.Name | syntax.Field, part: Part) -> Part:
        inner = _root_depth(term, self.names) >= self.outer
        self.mentions.append(Mention(_text_of(term), part.type, part.value, inner))
        return part

    def _index(self, term: syntax.Index) -> Part:
        of, key = self.check(term.of), self.check(term.key)
        if of.type.kind is Kind.ANYTHING:
            return of
        if of.type.kind is not Kind.MAP or of.type.item is None:
            return self._wrong(term.at, f"only a mapping is looked up with [...], and this is {of.type}")
        self._expect(key, TEXT, "[...]")
        name = _text_of(term.of)

        def value(env: Environment) -> object:
            mapping, word = of.value(env), key.value(env)
            if not isinstance(mapping, Mapping) or isinstance(word, Unknown):
                return first_unknown(mapping, word)
            return mapping.get(word, Unknown(unknown=f"{name} says nothing of {shown(str(word))}"))

        return Part(of.type.item, value, term.at)

    def _call(self, term: syntax.Call) -> Part:
        if term.function in QUANTIFIERS:
            return self._quantifier(term)
        if term.function == "known":
            return self._known(term)
        function = FUNCTIONS.get(term.function)
        if function is None:
            near = did_you_mean(term.function, [*FUNCTIONS, *QUANTIFIERS, "known"])
            return self._wrong(term.at, f"there is no function `{shown(term.function)}`{near}")
        parts = [self.check(argument) for argument in term.arguments]
        if len(parts) != len(function.takes):
            takes = ", ".join(name for name, _ in function.takes)
            return self._wrong(term.at, f"`{term.function}` takes ({takes}), and {len(parts)} are given")
        return self._function(term, function, parts)

    def _function(self, term: syntax.Call, function: Function, parts: list[Part]) -> Part:
        for part, (name, kind) in zip(parts, function.takes, strict=True):
            self._expect(part, kind, f"`{term.function}`")
            check = function.check.get(name)
            if check and part.literal is not None and (mistake := check(part.literal)):
                self._wrong(part.at, mistake)
            elif check and name != "path" and part.literal is None and part.type.kind is Kind.TEXT:
                self._wrong(part.at, f"`{name}` of `{term.function}` is literal text, in quotes")
        run = function.run

        def value(env: Environment) -> object:
            given = [part.value(env) for part in parts]
            if (unknown := first_unknown(*given)) is not None:
                return unknown
            return False if None in given else run(env, *given)

        return Part(function.gives, value, term.at)

    def _known(self, term: syntax.Call) -> Part:
        if len(term.arguments) != 1:
            return self._wrong(term.at, f"`known` takes (value), and {len(term.arguments)} are given")
        part = self.check(term.arguments[0])
        return Part(BOOLEAN, lambda env: not isinstance(part.value(env), Unknown), term.at)

    def _quantifier(self, term: syntax.Call) -> Part:
        if len(term.arguments) != 2:
            return self._wrong(
                term.at, f"`{term.function}` takes (list, condition), and {len(term.arguments)} are given"
            )
        of = self.check(term.arguments[0])
        if of.type.kind is Kind.ANYTHING:
            return of
        if of.type.kind not in {Kind.LIST, Kind.MAP}:
            return self._wrong(of.at, f"`{term.function}` goes over a list, and this is {of.type}")
        outer = self.names
        self.names = replace(outer, items=(*outer.items, of.type.item or ANYTHING))
        each = self.condition(term.arguments[1], f"`{term.function}`")
        self.names = outer
        combine: Callable[[list[bool | Unknown]], object] = {"any": either, "all": both, "count": count}[
            term.function
        ]

        def value(env: Environment) -> object:
            items = of.value(env)
            if isinstance(items, Unknown):
                return items
            members = items.values() if isinstance(items, Mapping) else items
            if not isinstance(members, tuple | list | frozenset | type({}.values())):
                return combine([])
            return combine([truth(each.value(env.inside(member))) for member in members])

        return Part(INTEGER if term.function == "count" else BOOLEAN, value, term.at)

    def _comparison(self, term: syntax.Comparison) -> Part:
        left, right = self.check(term.left), self.check(term.right)
        if term.operator in {"in", "not in"}:
            return self._membership(term, left, right)
        ordered = term.operator not in {"==", "!="}
        if not left.type.fits(right.type):
            self._wrong(right.at, f"`{_text_of(term.left)}` is {left.type}, and this is {right.type}")
        elif ordered:
            for part in (left, right):
                if part.type.kind is Kind.TEXT:
                    self._wrong(
                        part.at, f"`{term.operator}` compares numbers: for versions use version_at_least(...)"
                    )
                else:
                    self._expect(part, INTEGER, f"`{term.operator}`")
        else:
            for part in (left, right):
                if part.type.kind not in {*SIMPLE, Kind.NULL, Kind.ANYTHING} and NULL not in {
                    left.type,
                    right.type,
                }:
                    self._wrong(
                        part.at, f"`{term.operator}` compares text, numbers and true or false, not {part.type}"
                    )
            self._check_word(left, right)
            self._check_word(right, left)
        constant = left.constant and right.constant
        return Part(BOOLEAN, compare(term.operator, left.value, right.value), term.at, constant=constant)

    def _membership(self, term: syntax.Comparison, left: Part, right: Part) -> Part:
        if right.type.kind is Kind.TEXT:
            self._wrong(right.at, f"`{term.operator}` looks in a list: for a part of a text use matches(...)")
        elif right.type.kind not in {Kind.LIST, Kind.ANYTHING}:
            self._wrong(right.at, f"`{term.operator}` looks in a list, and this is {right.type}")
        elif right.type.item is not None and not left.type.fits(right.type.item):
            self._wrong(right.at, f"`{_text_of(term.left)}` is {left.type}, and this is {right.type}")
        if isinstance(term.right, syntax.Items):
            for item in term.right.items:
                self._check_word(left, _literal(item) if isinstance(item, syntax.Literal) else right)
        elif right.type.item is not None:
            self._check_word(Part(right.type.item, right.value, right.at), left)
        contained = contains(left.value, right.value)
        value: Value = contained if term.operator == "in" else lambda env: negated(contained(env))
        return Part(BOOLEAN, value, term.at, constant=left.constant and right.constant)

    def _check_word(self, part: Part, other: Part) -> None:
        words = part.type.words
        if words and other.literal is not None and other.literal not in words:
            near = did_you_mean(other.literal, words) or f": it is one of {listed(words)}"
            self._wrong(other.at, f"it is never `{shown(other.literal)}`{near}")

    def _junction(self, term: syntax.Junction) -> Part:
        parts = [self.condition(inner, f"`{term.word}`") for inner in term.terms]
        combine = both if term.word == "and" else either
        constant = all(part.constant for part in parts)
        # A generator, to stop at the first part that decides: `exists(...) and ...` looks no further than needed.
        return Part(
            BOOLEAN, lambda env: combine(truth(part.value(env)) for part in parts), term.at, constant=constant
        )


def _literal(term: syntax.Literal) -> Part:
    value = term.value
    if isinstance(value, bool):
        return Part(BOOLEAN, lambda env: value, term.at, constant=True)
    if value is None:
        return Part(NULL, nothing, term.at, constant=True)
    if isinstance(value, int):
        return Part(INTEGER, lambda env: value, term.at, constant=True)
    return Part(TEXT, lambda env: value, term.at, literal=value, constant=True)


def _text_of(term: syntax.Term) -> str:
    match term:
        case syntax.Name():
            return term.name
        case syntax.Field():
            return f"{_text_of(term.of)}.{term.name}"
        case syntax.Index():
            return f"{_text_of(term.of)}[...]"
        case syntax.Call():
            return f"{term.function}(...)"
        case syntax.Literal():
            return str(term.value)
        case _:
            return "the left side"


def _root_depth(term: syntax.Term, names: Names) -> int:
    """Return how deep the item is that `term` speaks of; -1 for facts, the target and settings."""
    while isinstance(term, syntax.Field | syntax.Index):
        term = term.of
    if not isinstance(term, syntax.Name):
        return -1
    for depth in reversed(range(len(names.items))):
        if term.name == ITEM or term.name in names.items[depth].parts():
            return depth
    return -1
