"""The findings that rules declare: whatever action reports them, the same parameters describe a finding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from guestfix.actions._finding import FindingParams
from guestfix.codes.model import Explanation
from guestfix.rules.interpolation import Template
from guestfix.rules.rule import Edit, Rule
from guestfix.rules.ruleset import RuleSet

_REQUIRED: Final = {name for name, field in FindingParams.model_fields.items() if field.is_required()}


def of_rules(rules: RuleSet) -> Iterator[Explanation]:
    """Yield one explanation for each finding that a rule declares."""
    for rule in rules.rules:
        for parameters in _parameters(rule):
            for data in _findings(parameters):
                yield _explanation(rule, data)


def _parameters(rule: Rule) -> Iterator[object]:
    for item in rule.do:
        if isinstance(item, Edit):
            yield from (step.parameters.data for step in item.steps)
        else:
            yield item.parameters.data


def _findings(data: object) -> Iterator[dict[str, object]]:
    """Yield the findings in parameters; an action may take several, by names of its own."""
    if isinstance(data, dict):
        if data.keys() >= _REQUIRED:
            yield data
        for value in data.values():
            yield from _findings(value)


def _explanation(rule: Rule, data: dict[str, object]) -> Explanation:
    on = data.get("severity_on")
    others = on.items() if isinstance(on, dict) else ()
    aliases = data.get("aliases")
    return Explanation(
        code=_text(data["code"]),
        kind="finding",
        meaning=(_text(data["message"]),),
        severities=(_text(data["severity"]), *(f"{_text(value)} on {target}" for target, value in others)),
        why=(_text(data["why"]),),
        remedies=(_text(data["remedy"]),),
        aliases=tuple(map(_text, aliases)) if isinstance(aliases, list | tuple) else (),
        places=(f"rules/{rule.id}.yaml",),
    )


def _text(value: object) -> str:
    if isinstance(value, Template):
        return "".join(part if isinstance(part, str) else "…" for part in value.parts)
    return str(value)
