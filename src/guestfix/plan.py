"""The plan: everything that would be done to one guest for one target, as a value. Making it writes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from pydantic import Field

from guestfix.changes import Change, Finding, Outcome, RuleOutcome, Severity
from guestfix.facts.model import Facts, Model
from guestfix.guest.protocol import GuestReader
from guestfix.initramfs import Initramfs
from guestfix.planning.running import PlanScope, RuleRun
from guestfix.planning.staging import Staging
from guestfix.rules.ruleset import RuleSet
from guestfix.rules.supplies import NOTHING, Supplies
from guestfix.rules.target import Target

SCHEMA_VERSION: Final = 1

_ORDER: Final = (Severity.ERROR, Severity.WARNING, Severity.INFO)


class Plan(Model):
    """What would be done, and why; and what was not done, and why not."""

    schema_version: Literal[1] = 1
    target: str = Field(description="Id of the target")
    changes: tuple[Change, ...] = Field(description="In the order in which rules first touched the files")
    findings: tuple[Finding, ...] = Field(description="Errors first, then by code")
    rules: tuple[RuleOutcome, ...] = Field(description="What became of every rule, in the order in which they ran")
    identity: str = Field(description="SHA-256 over target and changes: equal plans do equal things")

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be changed."""
        return not self.changes


def plan(
    facts: Facts,
    initramfs: Mapping[str, Initramfs],
    guest: GuestReader,
    rules: RuleSet,
    target: Target,
    supplies: Supplies = NOTHING,
) -> Plan:
    """Return what `rules` would do to `guest` for `target`.

    In: what inspection found about that same guest, with the descriptions of its initramfs images by path;
    `supplies`, what the caller brings along. What a
    file of the guest makes impossible becomes a finding. Raises RulesConflict; InternalError for a faulty action.
    """
    staging = Staging(guest, facts)
    scope = PlanScope(
        facts, target, rules.values, staging.view, initramfs, staging.view.hive, supplies, staging.changes
    )
    findings: list[Finding] = []
    outcomes: list[RuleOutcome] = []
    for rule in rules.rules:
        if rule.id in rules.skipped:
            outcomes.append(RuleOutcome(rule=rule.id, outcome=Outcome.SKIPPED, why=rules.skipped[rule.id]))
            continue
        run = RuleRun(rule, scope, staging)
        outcomes.append(run.run())
        findings += run.findings
    changes = staging.changes()
    return Plan(
        target=target.id,
        changes=changes,
        findings=_sorted(findings),
        rules=tuple(outcomes),
        identity=identity_of(target.id, changes),
    )


def identity_of(target: str, changes: Sequence[Change]) -> str:
    """Return the identity of a plan: SHA-256 over canonical JSON of what it would do."""
    said = {"target": target, "changes": [change.model_dump(mode="json") for change in changes]}
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _sorted(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Sort, and say once what several rules found alike: the first of them stands for all.

    `why` may differ: a file that cannot be read keeps each rule from something else. What became of each rule is
    in its outcome.
    """
    once: dict[Finding, Finding] = {}
    for finding in findings:
        once.setdefault(finding.model_copy(update={"rule": "", "why": ""}), finding)
    return tuple(sorted(once.values(), key=lambda finding: (_ORDER.index(finding.severity), finding.code)))
