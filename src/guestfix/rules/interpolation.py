"""`${expression}` inside text of a rule: found and typed when the rule is loaded, evaluated when it runs.

Text that is nothing but one `${...}` keeps the type of its value; otherwise the values are written into the text.
`$${` stands for a plain `${`.
"""

from __future__ import annotations

from dataclasses import dataclass

from guestfix.facts.model import Unknown
from guestfix.rules.action import Scope
from guestfix.rules.conditions.condition import Compiler, ConditionInvalid, Expression
from guestfix.rules.conditions.grammar import Mistake
from guestfix.rules.conditions.types import SIMPLE, TEXT, Kind, Type


@dataclass(frozen=True, slots=True)
class Template:
    """A text with expressions in it."""

    text: str
    parts: tuple[str | Expression, ...]

    @property
    def type(self) -> Type:
        """The type of its value."""
        whole = self.whole
        return whole.type if whole else TEXT

    @property
    def whole(self) -> Expression | None:
        """The expression, if the text is nothing else."""
        only = self.parts[0] if len(self.parts) == 1 else None
        return only if isinstance(only, Expression) else None

    def value(self, scope: Scope) -> object:
        """Return its value: text, a number, true or false, or a list of these; Unknown if a part is."""
        if self.whole:
            return self.whole.value(scope)
        pieces: list[str] = []
        for part in self.parts:
            value = part if isinstance(part, str) else part.value(scope)
            if isinstance(value, Unknown):
                return value
            pieces.append(written(value))
        return "".join(pieces)


def written(value: object) -> str:
    """Return a value as it is written into text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def parse(text: str, compiler: Compiler) -> Template | str:
    """Return the template that `text` is, or plain text if it has no expression.

    Raises ConditionInvalid; its offsets are offsets into `text`.
    """
    parts: list[str | Expression] = []
    mistakes: list[Mistake] = []
    at = 0
    while (found := text.find("${", at)) >= 0:
        if found > at and text[found - 1] == "$":
            parts.append(text[at : found - 1] + "${")
            at = found + 2
            continue
        if found > at:
            parts.append(text[at:found])
        end = _closing(text, found + 2)
        if end < 0:
            raise ConditionInvalid(
                [*mistakes, Mistake(found, "this `${` has no `}`; a plain one is written `$${`")]
            )
        whole = found == 0 and end == len(text) - 1
        try:
            parts.append(_expression(text[found + 2 : end], compiler, whole=whole))
        except ConditionInvalid as error:
            mistakes += [Mistake(found + 2 + mistake.at, mistake.message) for mistake in error.mistakes]
        at = end + 1
    if mistakes:
        raise ConditionInvalid(mistakes)
    if text[at:]:
        parts.append(text[at:])
    if all(isinstance(part, str) for part in parts):
        return "".join(part for part in parts if isinstance(part, str))
    return Template(text, tuple(parts))


def _closing(text: str, at: int) -> int:
    quote = ""
    for index in range(at, len(text)):
        char = text[index]
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "}":
            return index
    return -1


def _expression(text: str, compiler: Compiler, *, whole: bool) -> Expression:
    expression = compiler.expression(text)
    kind = expression.type
    if whole and kind.kind is Kind.LIST and (kind.item is None or kind.item.kind in SIMPLE):
        return expression
    if kind.kind not in SIMPLE:
        raise ConditionInvalid([Mistake(0, f"{kind} cannot stand in text: name one of its parts")])
    return expression
