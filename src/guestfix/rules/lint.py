"""What is allowed in a rule and still should not be."""

from __future__ import annotations

import re
from typing import Final

from guestfix.rules.conditions.condition import Condition
from guestfix.rules.errors import Problem, RulesInvalid
from guestfix.rules.example import read_examples
from guestfix.rules.rule import Rule
from guestfix.rules.ruleset import RuleSet

SUMMARY_LIMIT: Final = 80
"""Longest summary, in characters: it stands in one line of a plan."""


def lint(rules: RuleSet) -> list[Problem]:
    """Return what should be better, sorted by place; mistakes in examples are among it."""
    problems: list[Problem] = []
    texts = {rule.id: "\n".join(rule.node.source.lines) for rule in rules.rules}
    for rule in rules.rules:
        problems += _summary(rule)
        problems += _conditions(rule)
        try:
            examples = read_examples(rule)
        except RulesInvalid as error:
            problems += error.problems
            continue
        place = rule.node.find(["examples"])
        if all(located.example.unchanged is not None for located in examples):
            problems.append(place.problem("no example in which the rule does anything"))
        for name in rule.settings:
            if not any(re.search(rf"\bsetting\.{name}\b", text) for text in texts.values()):
                keys = rule.node.find(["settings"]).keys
                problems.append(keys[name].problem(f"the setting `{name}` is used by no rule"))
    return sorted(problems)


def _summary(rule: Rule) -> list[Problem]:
    place = rule.node.find(["summary"])
    said: list[str] = []
    if len(rule.summary) > SUMMARY_LIMIT:
        said.append(f"the summary is longer than {SUMMARY_LIMIT} characters")
    if rule.summary.endswith("."):
        said.append("the summary ends in a full stop: it is a line of a list")
    if "\n" in rule.summary:
        said.append("the summary has more than one line")
    return [place.problem(message) for message in said]


def _conditions(rule: Rule) -> list[Problem]:
    places: list[tuple[Condition, list[int | str]]] = [(rule.when, ["when"])]
    places += [(item.when, ["do", index, "when"]) for index, item in enumerate(rule.do)]
    return [
        rule.node.find(location).problem("this condition never changes: leave it out, or the whole item")
        for condition, location in places
        if condition.constant and _is_written(rule, location)
    ]


def _is_written(rule: Rule, location: list[int | str]) -> bool:
    return location[-1] in rule.node.find(location[:-1]).keys
