"""Models filled from located values: what pydantic finds wrong is said at the line and column that says it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from guestfix.rules.conditions.condition import INVALID, Compiler
from guestfix.rules.errors import Problem, did_you_mean
from guestfix.rules.source import Node
from guestfix.untrusted import shown

M = TypeVar("M", bound=BaseModel)
Location = tuple[int | str, ...]


def validated(
    model: type[M],
    node: Node,
    compiler: Compiler | None = None,
    *,
    data: object = None,
    later: Sequence[Location] = (),
) -> tuple[M | None, list[Problem]]:
    """Return `node` as an instance of `model`, or None and what is wrong.

    `data` stands for the node's plain value where it had to be prepared. What is wrong at or below a location in
    `later` is passed over: its value comes when the rule runs.
    """
    plain = node.plain() if data is None else data
    if not isinstance(plain, dict):
        return None, [node.problem("a mapping is expected here, `name: value`")]
    try:
        # JSON's strict mode is what a rule file means: lists become tuples and words enums, but "5" is no number.
        return model.model_validate_json(json.dumps(plain), strict=True, context=compiler), []
    except ValidationError as error:
        errors = [
            detail
            for detail in error.errors(include_url=False)
            if not any(detail["loc"][: len(passed)] == passed for passed in later)
        ]
    return None, [problem for detail in errors for problem in located(model, node, detail)]


def located(model: type[BaseModel], node: Node, detail: ErrorDetails) -> Iterator[Problem]:
    """Yield one error of pydantic as problems of the file."""
    location, kind, context = detail["loc"], detail["type"], detail.get("ctx", {})
    name = next((str(step) for step in reversed(location) if isinstance(step, str)), "")
    if kind == "extra_forbidden":
        parent = node.find(location[:-1])
        known = _keys(model, location[:-1])
        near = did_you_mean(name, known) or (f": there is {', '.join(known)}" if known else "")
        yield parent.keys.get(name, parent).problem(f"unknown key `{shown(name)}`{near}")
    elif kind == "missing":
        yield node.find(location[:-1]).problem(f"`{name}` is missing")
    elif kind == INVALID:
        place = node.find(location)
        for mistake in context["mistakes"]:
            yield place.problem_inside(mistake.at, mistake.message)
    else:
        place = node.find(location)
        yield place.problem(_sentence(_spoken(node, location), detail, place))


def _spoken(node: Node, location: Sequence[int | str]) -> str:
    """Return the last key on the way that stands in the file: tags of unions do not."""
    said = ""
    for step in location:
        if isinstance(node.value, dict) and step in node.value:
            said, node = str(step), node.value[str(step)]
        elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
    return said


def _sentence(name: str, detail: ErrorDetails, place: Node) -> str:
    message = detail["msg"].removeprefix("Value error, ")
    expected = detail.get("ctx", {}).get("expected")
    near = ""
    if isinstance(expected, str) and isinstance(place.value, str):
        near = did_you_mean(place.value, [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")])
    subject = f"`{shown(name)}`" if name else "this"
    if not name and not message.startswith("Input"):
        return shown(message, 400)
    if message.startswith("Input should"):
        said = message.removeprefix("Input").replace("a valid array", "a list").replace("an object", "a mapping")
        return subject + shown(said, 400) + near
    return f"{subject}: {shown(message, 400)}{near}"


def _keys(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    models = [model]
    for step in location:
        fields = [
            entry.model_fields[step] for entry in models if isinstance(step, str) and step in entry.model_fields
        ]
        if fields:
            models = [inner for field in fields for inner in _models(field.annotation)]
    return [field.alias or name for entry in models for name, field in entry.model_fields.items()]


def _models(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]
