"""Schema and reference come from the declarations, so what the loader takes they show."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest

from guestfix.rules.catalogue import Actions, built_in
from guestfix.rules.reference import reference
from guestfix.rules.schema import schema


@pytest.fixture(params=["small", "built in"])
def catalogue(request: pytest.FixtureRequest, actions: Actions) -> Actions:
    return actions if request.param == "small" else built_in()


def references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*(references(value) for value in part.values()))
    if isinstance(part, list):
        return set().union(*(references(value) for value in part))
    return set()


def test_the_schema_is_whole_and_plain_json(catalogue: Actions) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = schema(catalogue)
    assert json.loads(json.dumps(made)) == made
    assert references(made) <= {f"#/$defs/{name}" for name in made["$defs"]}
    assert made["additionalProperties"] is False
    assert {"summary", "do", "examples"} <= set(made["required"])


def test_every_action_is_in_the_schema_and_the_reference(catalogue: Actions) -> None:
    text = reference(catalogue)
    items = schema(catalogue)["properties"]["do"]["items"]["oneOf"]
    verbs = {name for item in items for name in item["properties"]} - {"when", "edit", "as", "steps"}
    formats = {item["properties"]["as"]["const"] for item in items if "as" in item["properties"]}
    assert verbs == set(catalogue.verbs)
    assert formats == set(catalogue.formats)
    for name, editable in catalogue.formats.items():
        assert f"### as `{name}`" in text
        for step, action in editable.steps.items():
            assert f"#### `{step}`\n\n{action.summary}" in text
    for name in ("`os`", "`exists(path)`", "`count(list, condition)`", "### Kernel", "`target.drivers`"):
        assert name in text


def test_a_number_may_be_an_expression(actions: Actions) -> None:
    times = schema(actions)["$defs"]["Append"]["properties"]["times"]
    assert {"type": "string", "pattern": r"\$\{", "description": "An expression, ${...}"} in times["anyOf"]


def test_the_reference_says_what_a_condition_goes_over(actions: Actions) -> None:
    text = reference(actions)
    assert "| `where` | a condition over `number`, `text`, `words`, `device`, `comment` | `true` |" in text
    assert "`error`" in text
