"""The values a plan is made of: findings and changes. A change says all that `apply` has to know.

`apply` knows nothing of rules; rules know nothing of how bytes get onto a disk. This module is what both see.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from guestfix.facts.model import Model
from guestfix.registry.operations import Operation


class Severity(StrEnum):
    """How much a finding matters. `error`: the guest will not boot or answer unless somebody acts."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Evidence(Model):
    """Where a finding or a note was seen."""

    path: str
    line: int | None = None
    value: str = ""


class Decision(Model):
    """What a site's policy decided about a finding, why, and until when."""

    reason: str
    until: date | None = Field(default=None, description="The last day on which it holds")
    policy: str = Field(description="File and line of the policy")
    was: Severity = Field(description="How severe the finding is without the policy")


def category_of(code: str) -> str:
    """Return the area of a code in lower case: `apply` for GF-APPLY-FINDINGS."""
    return code.split("-")[1].lower() if code.count("-") else ""


def label_of(code: str) -> str:
    """Return what a code says of its area, as words: `name taken` for GF-APPLY-NAME-TAKEN."""
    return " ".join(code.split("-")[2:] or code.split("-")[1:]).lower()


class Finding(Model):
    """Something a person should know: a stable code, what, why, what to do.

    `id`, `category` and `label` follow from the code; they are there for import pipelines, which read JSON.
    """

    code: str
    id: str = Field(default="", description="The code, under the name that import pipelines use")
    category: str = Field(default="", description="Area of the code: layout, os, room, reachability, state ...")
    label: str = Field(default="", description="The rest of the code, as words")
    severity: Severity
    message: str = Field(description="What is the matter, in one sentence")
    why: str = Field(description="What happens if nothing is done")
    remedy: str = Field(description="What to do")
    evidence: tuple[Evidence, ...] = ()
    rule: str = ""
    waived: Decision | None = Field(default=None, description="The policy says that it does not matter here")
    adjusted: Decision | None = Field(default=None, description="The policy gave it another severity")

    @model_validator(mode="before")
    @classmethod
    def _named_by_its_code(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(code := data.get("code"), str):
            return {**data, "id": code, "category": category_of(code), "label": label_of(code)}
        return data

    @property
    def stands_in_the_way(self) -> bool:
        """Whether `apply` refuses because of it."""
        return self.severity is Severity.ERROR and self.waived is None


class Note(Model):
    """One reason inside a change: which line, and what happened to it."""

    text: str
    line: int | None = None


class Whole(Model):
    """New content given in full."""

    kind: Literal["whole"] = "whole"
    data: bytes


class Extended(Model):
    """New content = the old bytes, unread, with `tail` after them."""

    kind: Literal["extended"] = "extended"
    tail: bytes
    listing: tuple[str, ...] = Field(description="What the tail adds, as lsinitramfs would print it")


class HiveEdited(Model):
    """New content = the hive that the old bytes are, with `operations` done."""

    kind: Literal["hive"] = "hive"
    operations: tuple[Operation, ...]
    logs: tuple[str, ...] = Field(default=(), description="Logs that are replayed over it first")


Content = Annotated[Whole | Extended | HiveEdited, Field(discriminator="kind")]


class Before(Model):
    """The bytes a change was planned from; `apply` refuses when the guest holds others."""

    size: int
    sha256: str
    data: bytes | None = Field(default=None, description="The bytes themselves, for a diff; null when large")


class Change(Model):
    """One file, before and after. `before` null: it is created. `after` null: it is moved aside."""

    path: str = Field(description="Resolved path inside the guest, no symbolic links")
    rules: tuple[str, ...] = Field(description="Ids of the rules that had a part in it, in their order")
    reason: str
    notes: tuple[Note, ...] = ()
    before: Before | None
    after: Content | None
    mode: int = Field(default=0o644, description="Permission bits, for a created file only")


class Outcome(StrEnum):
    """What became of a rule."""

    CHANGES = "changes"
    FINDINGS = "findings"
    NOTHING = "nothing to do"
    NOT_APPLICABLE = "does not apply"
    SKIPPED = "skipped"


class RuleOutcome(Model):
    """What became of one rule, and why."""

    rule: str
    outcome: Outcome
    why: str
