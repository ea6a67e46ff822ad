"""The examples of a rule, read from its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import Field, model_validator

from guestfix.facts.model import Model
from guestfix.rules.completion import merged
from guestfix.rules.errors import Problem, RulesInvalid
from guestfix.rules.fixtures import Expected, Given
from guestfix.rules.rule import Rule
from guestfix.rules.settings import SettingValue
from guestfix.rules.source import Node
from guestfix.rules.validation import validated


class Common(Model):
    """What all examples of a file have in common."""

    target: str = Field(default="kvm", description="Id of the target")
    set: dict[str, SettingValue] = Field(default={}, description="Settings, as --set gives them")
    facts: dict[str, Any] = Field(
        default={}, description="Facts laid over what is collected from `before`; what is required may be left out"
    )


class Example(Common):
    """One example: a guest before, and all that the rule makes of it."""

    name: str = Field(min_length=1, description="What it shows, as a sentence")
    before: dict[str, Given] = Field(
        description=r"Every file of the guest, by path; `\xff` is a byte that is not UTF-8"
    )
    drivers: dict[str, Given] = Field(default={}, description="Files of the folder that --drivers names, by path")
    scripts: dict[str, Given] = Field(
        default={}, description="Files of the folder that --first-boot names, by path"
    )
    nics: dict[str, str] = Field(default={}, description="Old MAC to new MAC, as --nic gives them")
    after: dict[str, Expected | None] = Field(
        default={}, description="Every file that differs afterwards; null: moved aside"
    )
    findings: tuple[str, ...] = Field(default=(), description="Codes of all findings")
    unchanged: str | None = Field(default=None, description="Part of the reason why no file is changed")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.unchanged is not None and self.after:
            raise ValueError("`unchanged` and `after` exclude each other")
        if self.unchanged is None and not self.after and not self.findings:
            raise ValueError("it expects nothing: it needs `after`, `findings` or `unchanged`")
        return self


@dataclass(frozen=True, slots=True)
class LocatedExample:
    """An example, where it stands, and where its facts do."""

    example: Example
    path: str
    line: int
    facts: Node


def read_examples(rule: Rule) -> tuple[LocatedExample, ...]:
    """Return the examples of `rule`, each with what is `given` for all. Raises RulesInvalid."""
    problems: list[Problem] = []
    given = _read_given(rule.node, problems)
    found: list[LocatedExample] = []
    names: dict[str, int] = {}
    place = rule.node.find(["examples"])
    for node in place.value if isinstance(place.value, list) else []:
        example, mistakes = validated(Example, node, data=_prepared(node, given))
        problems += mistakes
        problems += _path_problems(node)
        if example is None:
            continue
        if example.name in names:
            problems.append(node.problem(f"another example, in line {names[example.name]}, has the same name"))
        names[example.name] = node.line
        parts = (node, rule.node.find(["given"]))
        facts = next((part.find(["facts"]) for part in parts if "facts" in part.keys), node)
        found.append(LocatedExample(example, node.source.path, node.line, facts))
    if problems:
        raise RulesInvalid(problems)
    return tuple(found)


def _read_given(node: Node, problems: list[Problem]) -> Mapping[str, Any]:
    place = node.find(["given"])
    if place is node:
        return {}
    _, mistakes = validated(Common, place)
    problems += mistakes
    plain = place.plain()
    return plain if isinstance(plain, dict) and not mistakes else {}


def _prepared(node: Node, given: Mapping[str, Any]) -> object:
    """Return the plain example over what is given, with files that are plain text spelled out."""
    plain = node.plain()
    if not isinstance(plain, dict):
        return plain
    for key in ("before", "drivers", "scripts", "after"):
        if isinstance(plain.get(key), dict):
            plain[key] = {
                path: {"text": file} if isinstance(file, str) else file for path, file in plain[key].items()
            }
    return merged(given, plain)


def _path_problems(node: Node) -> list[Problem]:
    return [
        place.keys[path].problem("a path inside a guest begins with `/`")
        for key in ("before", "drivers", "scripts", "after")
        if (place := node.find([key])) is not node
        for path, _ in place.items()
        if not path.startswith("/")
    ]
