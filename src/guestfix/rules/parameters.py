"""What a rule gives an action: checked in shape when the rule is loaded, in value when it runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from guestfix.facts.model import Unknown
from guestfix.rules import interpolation
from guestfix.rules.action import Params, Scope
from guestfix.rules.conditions.condition import Compiler, Condition, ConditionInvalid
from guestfix.rules.conditions.types import type_of
from guestfix.rules.errors import Problem, ValueDoesNotFit
from guestfix.rules.interpolation import Template
from guestfix.rules.source import Node
from guestfix.rules.validation import Location, located, validated
from guestfix.untrusted import shown


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one use of an action."""

    model: type[Params]
    node: Node
    compiler: Compiler
    data: object
    """The plain value, with a Template where text holds `${...}`."""
    fixed: Params | None
    """The parameters, when nothing in them has to be evaluated."""

    def values(self, scope: Scope) -> Params | Unknown:
        """Return the parameters for this guest; Unknown if a value that they need is unknown.

        Raises ValueDoesNotFit.
        """
        if self.fixed is not None:
            return self.fixed
        try:
            data = _replaced(self.data, lambda template: _known(template.value(scope)))
        except _UnknownValue as unknown:
            return unknown.value
        try:
            return self.model.model_validate_json(json.dumps(data), strict=True, context=self.compiler)
        except ValidationError as error:
            problem = next(located(self.model, self.node, error.errors(include_url=False)[0]))
            raise ValueDoesNotFit(
                f"a value of this guest does not fit into the rule: {shown(problem.message)}",
                hint=f"see {self.node.source.path}, line {problem.line}",
            ) from None


class _UnknownValue(Exception):
    """Ends the replacement of templates: one of their values is unknown."""

    def __init__(self, value: Unknown) -> None:
        super().__init__(value.unknown)
        self.value = value


def _known(value: object) -> object:
    members = value if isinstance(value, tuple | list) else (value,)
    for member in members:
        if isinstance(member, Unknown):
            raise _UnknownValue(member)
    return list(value) if isinstance(value, tuple) else value


def _replaced(data: object, value_of: Callable[[Template], object]) -> Any:
    if isinstance(data, Template):
        return value_of(data)
    if isinstance(data, dict):
        return {key: _replaced(value, value_of) for key, value in data.items()}
    if isinstance(data, list):
        return [_replaced(value, value_of) for value in data]
    return data


def load(model: type[Params], node: Node, compiler: Compiler) -> tuple[Parameters | None, list[Problem]]:
    """Return the parameters that `node` gives an action with this parameter model, or None and what is wrong."""
    if node.value is None:
        node = Node(node.source, node.line, node.column, {})
    reading = _Reading(compiler)
    data = {
        key: value.plain() if _is_condition(model.model_fields.get(key)) else reading.take(value, (key,))
        for key, value in node.items()
    }
    shape = _replaced(data, lambda template: None)
    later = list(reading.templates)
    # With templates the model cannot be complete; what is wrong beside them is found all the same.
    fixed, problems = validated(
        model, node, compiler, data=shape if isinstance(node.value, dict) else None, later=later
    )
    for location, template in reading.templates.items():
        problems += _misfits(model, node, location, template)
    problems += reading.problems
    if problems:
        return None, problems
    return Parameters(model, node, compiler, data, None if later else fixed), []


def _is_condition(field: FieldInfo | None) -> bool:
    return field is not None and field.annotation is Condition


class _Reading:
    """Finds the templates in a tree of nodes."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self.templates: dict[Location, Template] = {}
        self.problems: list[Problem] = []

    def take(self, node: Node, location: Location) -> object:
        """Return the plain value of `node` with templates in place."""
        if isinstance(node.value, dict):
            return {key: self.take(value, (*location, key)) for key, value in node.items()}
        if isinstance(node.value, list):
            return [self.take(value, (*location, index)) for index, value in enumerate(node.value)]
        if not isinstance(node.value, str):
            return node.value
        read, problems = template_of(node, self.compiler)
        self.problems += problems
        if isinstance(read, Template):
            self.templates[location] = read
        return read


def template_of(node: Node, compiler: Compiler) -> tuple[Template | str, list[Problem]]:
    """Return the text `node` as a template, or as plain text if it has no `${...}`; and what is wrong in it."""
    text = str(node.value)
    try:
        return interpolation.parse(text, compiler), []
    except ConditionInvalid as error:
        return text, [node.problem_inside(mistake.at, mistake.message) for mistake in error.mistakes]


def _misfits(model: type[Params], node: Node, location: Location, template: Template) -> list[Problem]:
    field = model.model_fields.get(str(location[0]))
    wanted = type_of(field.annotation) if field is not None and len(location) == 1 else None
    if wanted is None or wanted.fits(template.type):
        return []
    return [node.find(location).problem(f"`{location[0]}` takes {wanted}, and this is {template.type}")]
