"""One rule, ready to run: everything in it has been checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from guestfix.facts.model import Model
from guestfix.rules.action import Format, HiveFormat, Step, Verb
from guestfix.rules.conditions.condition import ALWAYS, Condition
from guestfix.rules.interpolation import Template
from guestfix.rules.parameters import Parameters
from guestfix.rules.settings import Setting
from guestfix.rules.source import Node


class RuleFile(Model):
    """A rule: when it applies, what it does, and examples that prove it."""

    summary: str = Field(min_length=1, description="What the rule does, in one line without a full stop")
    why: str = Field(default="", description="Why it is needed: one paragraph")
    settings: dict[str, Setting] = Field(default={}, description="Names that a site may change with --set")
    after: tuple[str, ...] = Field(default=(), description="Ids or patterns of rules that run before this one")
    when: Condition = Field(default=ALWAYS, description="The rule applies where this holds")
    do: tuple[dict[str, Any], ...] = Field(min_length=1, description="Edits and verbs, in order")
    given: dict[str, Any] = Field(default={}, description="What all examples have in common: target, set, facts")
    examples: tuple[dict[str, Any], ...] = Field(min_length=1, description="At least one in which nothing is done")


class EditItem(Model):
    """`edit`: change every existing file that matches, by steps of its format."""

    edit: str | tuple[str, ...] = Field(
        description="Path, or list of paths; `*`, `?` and [...] within a component"
    )
    as_: str = Field(alias="as", description="Format that the file is read as")
    when: Condition = Field(default=ALWAYS, description="This edit is made where this holds")
    steps: tuple[dict[str, Any], ...] = Field(min_length=1, description="Steps of the format, in order")


@dataclass(frozen=True, slots=True)
class StepUse:
    """One step of an edit."""

    name: str
    """`FORMAT.STEP`."""
    step: Step[Any, Any]
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class Edit:
    """One `edit` of a rule."""

    paths: tuple[Template | str, ...]
    format: Format[Any] | HiveFormat
    steps: tuple[StepUse, ...]
    when: Condition


@dataclass(frozen=True, slots=True)
class Use:
    """One verb of a rule."""

    name: str
    verb: Verb[Any]
    parameters: Parameters
    when: Condition


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `node` is its file, in which the examples still have to be read."""

    id: str
    summary: str
    why: str
    when: Condition
    after: tuple[str, ...]
    settings: Mapping[str, Setting]
    do: tuple[Edit | Use, ...]
    node: Node
