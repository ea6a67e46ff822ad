"""Values while a condition is evaluated, and Kleene's logic over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from guestfix.facts.model import Unknown

if TYPE_CHECKING:
    from guestfix.rules.action import Scope


@dataclass(frozen=True, slots=True)
class Environment:
    """What names stand for: the scope, and the items of the enclosing `where`, `any`, `all` and `count`."""

    scope: Scope
    items: tuple[object, ...] = ()

    def inside(self, item: object) -> Environment:
        """Return this environment with one more item in scope."""
        return Environment(self.scope, (*self.items, item))


Value = Callable[[Environment], object]
"""How a part of a condition is evaluated; any part may give an Unknown."""


def truth(value: object) -> bool | Unknown:
    """Return `value` as a truth value; null counts as false."""
    return value if isinstance(value, Unknown) else bool(value)


def either(values: Iterable[object]) -> bool | Unknown:
    """Kleene's or: true if any is true, else unknown if any is unknown."""
    unknown: Unknown | None = None
    for value in values:
        if isinstance(value, Unknown):
            unknown = unknown or value
        elif value:
            return True
    return unknown or False


def both(values: Iterable[object]) -> bool | Unknown:
    """Kleene's and: false if any is false, else unknown if any is unknown."""
    unknown: Unknown | None = None
    for value in values:
        if isinstance(value, Unknown):
            unknown = unknown or value
        elif not value:
            return False
    return unknown or True


def negated(value: object) -> bool | Unknown:
    """Kleene's not."""
    return value if isinstance(value, Unknown) else not value


def first_unknown(*values: object) -> Unknown | None:
    """Return the first of `values` that is unknown."""
    return next((value for value in values if isinstance(value, Unknown)), None)


def nothing(env: Environment) -> object:
    """Give null."""
    return None


def item_at(depth: int) -> Value:
    """Give the item of the enclosing quantifier at this depth."""
    return lambda env: env.items[depth]


def attribute(of: Value, name: str) -> Value:
    """Give a part of the record that `of` gives; a part of null is null."""

    def value(env: Environment) -> object:
        record = of(env)
        if record is None or isinstance(record, Unknown):
            return record
        return record[name] if isinstance(record, Mapping) else getattr(record, name)

    return value


def contains(left: Value, right: Value) -> Value:
    """Say whether the list holds the item; unknown members count only while no other is equal."""

    def value(env: Environment) -> object:
        item, items = left(env), right(env)
        if (unknown := first_unknown(item, items)) is not None:
            return unknown
        members = items if isinstance(items, tuple | list | frozenset) else ()
        return either(member if isinstance(member, Unknown) else member == item for member in members)

    return value


def compare(operator: str, left: Value, right: Value) -> Value:
    """Compare two values; null equals only null, and is neither less nor more than anything."""

    def value(env: Environment) -> object:
        one, other = left(env), right(env)
        if (unknown := first_unknown(one, other)) is not None:
            return unknown
        if operator == "==":
            return one == other
        if operator == "!=":
            return one != other
        if not isinstance(one, int) or not isinstance(other, int):
            return False
        return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[operator]

    return value


def count(values: list[bool | Unknown]) -> object:
    """Count what is true; one unknown makes the number unknown."""
    return first_unknown(*values) or sum(1 for value in values if value is True)
