"""Conditions and expressions ready to be asked, and how they stand in a parameter model.

A parameter that is a condition over the items of a step says so in its type:

    where: Annotated[Condition, Over(FstabLine)] = ALWAYS

and the step asks `params.where.holds(scope, line)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from guestfix.facts.model import Facts, Unknown
from guestfix.rules.conditions.checking import Checker, Mention, Names, Part
from guestfix.rules.conditions.grammar import Mistake, parse
from guestfix.rules.conditions.types import SIMPLE, Kind, Type, fields_of, type_of
from guestfix.rules.conditions.values import Environment, Value, attribute, truth
from guestfix.rules.target import Target
from guestfix.untrusted import shown

if TYPE_CHECKING:
    from guestfix.rules.action import Scope

INVALID: Final = "guestfix_condition"
"""Type of the pydantic error that carries the mistakes of a condition in its context."""


class ConditionInvalid(ValueError):
    """A condition with mistakes; each knows its offset in the text."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("; ".join(mistake.message for mistake in mistakes))
        self.mistakes = tuple(mistakes)


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition."""

    text: str
    over: type[Any] | None
    constant: bool = field(default=False, compare=False)
    _value: Value = field(default=lambda env: True, compare=False, repr=False)
    _mentions: tuple[Mention, ...] = field(default=(), compare=False, repr=False)

    def holds(self, scope: Scope, item: object = None) -> bool | Unknown:
        """Say whether it holds for `item`, an instance of what it is `Over`; Unknown says why nobody can tell."""
        return truth(self._value(_environment(scope, self.over, item)))

    def explain(self, scope: Scope, item: object = None) -> str:
        """Return what the names in it stand for, as `os.family is linux, boot.timeout is 5`; for people."""
        environment = _environment(scope, self.over, item)
        said = dict.fromkeys(
            f"{mention.text} is {_said(mention.value(environment))}"
            for mention in self._mentions
            if mention.type.kind in SIMPLE and not mention.inner
        )
        return ", ".join(said) or f"not so: {shown(self.text)}"

    def doubt(self, scope: Scope, item: object = None) -> str:
        """Return which names in it are unknown, and why, as `os.family is unknown (no os-release)`; for people."""
        environment = _environment(scope, self.over, item)
        said = dict.fromkeys(
            f"{mention.text} is {_said(value)}"
            for mention in self._mentions
            if not mention.inner and isinstance(value := mention.value(environment), Unknown)
        )
        return ", ".join(said)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _schema(None)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "format": "guestfix-condition"}


ALWAYS: Final = Condition("true", None, constant=True)
"""The condition that holds for every item."""


@dataclass(frozen=True, slots=True)
class Over:
    """What a condition parameter goes over: a pydantic model or a dataclass, whose fields are names in it."""

    item: type[Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _schema(self.item)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "format": "guestfix-condition"}


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression that gives a value: the inside of `${...}`."""

    text: str
    type: Type
    _value: Value = field(compare=False, repr=False)

    def value(self, scope: Scope) -> object:
        """Return its value, or an Unknown."""
        return self._value(Environment(scope))


class Compiler:
    """Turns text into conditions and expressions that know these settings (name to type)."""

    def __init__(self, settings: Mapping[str, Type]) -> None:
        setting = Type(Kind.RECORD, fields=tuple(sorted(settings.items())))
        roots: dict[str, tuple[Type, Value]] = {
            name: (kind, attribute(lambda env: env.scope.facts, name))
            for name, kind in fields_of(Facts).items()
            if name != "schema_version"
        }
        roots["target"] = (Type(Kind.RECORD, model=Target), lambda env: env.scope.target)
        roots["setting"] = (setting, lambda env: env.scope.settings)
        self.roots: Mapping[str, tuple[Type, Value]] = roots

    def condition(self, text: str, over: type[Any] | None = None) -> Condition:
        """Return the condition `text` over items of `over`. Raises ConditionInvalid with all mistakes."""
        part, mentions = self._checked(text, over, lambda checker, term: checker.condition(term, "a condition"))
        return Condition(text, over, part.constant, part.value, mentions)

    def expression(self, text: str) -> Expression:
        """Return the expression `text`. Raises ConditionInvalid with all mistakes."""
        part, _ = self._checked(text, None, lambda checker, term: checker.check(term))
        return Expression(text, part.type, part.value)

    def _checked(
        self, text: str, over: type[Any] | None, check: Callable[[Checker, Any], Part]
    ) -> tuple[Part, tuple[Mention, ...]]:
        item = type_of(over) if over is not None else None
        checker = Checker(Names(self.roots, (item,) if item else ()))
        try:
            part = check(checker, parse(text))
        except Mistake as mistake:
            raise ConditionInvalid([mistake]) from None
        if checker.mistakes:
            raise ConditionInvalid(checker.mistakes)
        return part, tuple(checker.mentions)


def _environment(scope: Scope, over: type[Any] | None, item: object) -> Environment:
    return Environment(scope, () if over is None else (item,))


def _said(value: object) -> str:
    if isinstance(value, Unknown):
        return f"unknown ({shown(value.unknown)})"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return shown(str(value), 60)


def _schema(over: type[Any] | None) -> CoreSchema:
    def validate(value: Any, info: core_schema.ValidationInfo) -> Condition:
        if isinstance(value, Condition):
            return value
        if not isinstance(value, str):
            raise PydanticCustomError("condition_type", "Input should be a condition, which is text")
        compiler = info.context if isinstance(info.context, Compiler) else Compiler({})
        try:
            return compiler.condition(value, over)
        except ConditionInvalid as error:
            raise PydanticCustomError(
                INVALID, "{said}", {"said": str(error), "mistakes": error.mistakes}
            ) from None

    return core_schema.with_info_plain_validator_function(
        validate, serialization=core_schema.plain_serializer_function_ser_schema(lambda condition: condition.text)
    )
