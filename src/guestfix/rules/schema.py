"""The JSON Schema of a rule file, for editors; made from the same declarations that the loader checks with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from guestfix.rules.action import Params
from guestfix.rules.catalogue import Actions
from guestfix.rules.conditions.condition import Condition
from guestfix.rules.example import Common, Example
from guestfix.rules.rule import EditItem, RuleFile

_CONDITION: Final = {"type": "string", "description": "Where this holds"}
_EXPRESSION: Final = {"type": "string", "pattern": r"\$\{", "description": "An expression, ${...}"}


class _Generator(GenerateJsonSchema):
    """Writes a condition that is a default as its text."""

    def encode_default(self, dft: Any) -> Any:
        """See GenerateJsonSchema."""
        return dft.text if isinstance(dft, Condition) else super().encode_default(dft)


def schema(actions: Actions) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a rule file with these actions."""
    used: list[type[BaseModel]] = [RuleFile, EditItem, Common, Example]
    used += [verb.params for verb in actions.verbs.values()]
    used += [step.params for editable in actions.formats.values() for step in editable.steps.values()]
    references, definitions = models_json_schema(
        [(model, "validation") for model in dict.fromkeys(used)],
        ref_template="#/$defs/{model}",
        schema_generator=_Generator,
    )
    defs: dict[str, Any] = definitions.get("$defs", {})

    def reference(model: type[BaseModel]) -> dict[str, Any]:
        return references[(model, "validation")]

    def definition(model: type[BaseModel]) -> dict[str, Any]:
        found: dict[str, Any] = defs[reference(model)["$ref"].rpartition("/")[2]]
        return found

    for model in used:
        if issubclass(model, Params):
            definition(model)["properties"] = {
                name: _or_expression(entry) for name, entry in definition(model).get("properties", {}).items()
            }
    for place in ("before", "after"):
        files = definition(Example)["properties"][place]
        files["additionalProperties"] = {"anyOf": [{"type": "string"}, files["additionalProperties"]]}
    rule = definition(RuleFile)
    rule["properties"]["do"]["items"] = {
        "oneOf": [
            *(
                _edit(definition(EditItem), name, editable.steps, reference)
                for name, editable in actions.formats.items()
            ),
            *(_use(name, verb.summary, reference(verb.params)) for name, verb in actions.verbs.items()),
        ]
    }
    rule["properties"]["given"] = reference(Common)
    rule["properties"]["examples"]["items"] = reference(Example)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **rule,
        "title": "guestfix rule",
        "$defs": defs,
    }


def _or_expression(entry: dict[str, Any]) -> dict[str, Any]:
    return entry if entry.get("type") == "string" else {"anyOf": [entry, _EXPRESSION]}


def _use(name: str, summary: str, params: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": summary,
        "properties": {name: params, "when": _CONDITION},
        "required": [name],
        "additionalProperties": False,
    }


def _edit(item: dict[str, Any], name: str, steps: Mapping[str, Any], reference: Any) -> dict[str, Any]:
    step_schemas = [
        {
            "type": "object",
            "description": step.summary,
            "properties": {step_name: {"anyOf": [reference(step.params), {"type": "null"}]}},
            "required": [step_name],
            "additionalProperties": False,
        }
        for step_name, step in steps.items()
    ]
    properties = {
        **item["properties"],
        "as": {"const": name},
        "steps": {"type": "array", "minItems": 1, "items": {"oneOf": step_schemas}},
    }
    return {**item, "properties": properties}
