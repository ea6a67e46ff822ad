"""A site's policy: which findings are waived, raised or lowered, why, and until when. A file, kept under review.

    findings:
      - code: GF-LINUX-FSTAB-UNRESOLVED
        target: ec2-*
        do: waive
        reason: the data disks follow on Sunday, CHG-1234
        until: 2027-03-31

The first decision that fits a finding holds. A decision whose last day has passed does nothing any more, and a
finding says so. A policy has no power over refusals: what cannot be opened cannot be waived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from guestfix.changes import Decision, Evidence, Finding, Severity
from guestfix.errors import UsageError
from guestfix.facts.model import Model
from guestfix.rules import source
from guestfix.rules.errors import Problem, RulesInvalid
from guestfix.rules.validation import validated
from guestfix.untrusted import shown

_ORDER: Final = (Severity.ERROR, Severity.WARNING, Severity.INFO)


class PolicyInvalid(UsageError):
    """A policy file that cannot be used; the message names every line that is wrong."""

    code = "GF-POLICY-INVALID"


class PolicyEntry(Model):
    """One decision about findings."""

    code: str = Field(
        description="Code or pattern: GF-LINUX-FSTAB-UNRESOLVED, GF-LINUX-*", pattern=r"^GF-[A-Z0-9*?-]+$"
    )
    target: str = Field(default="*", description="Id or pattern of the targets for which it holds")
    do: Literal["waive", "info", "warning", "error"] = Field(description="waive, or the severity to give")
    reason: str = Field(min_length=1, description="Why; it is shown, and kept in the journal")
    until: date = Field(description="The last day on which it holds")


class PolicyFile(Model):
    """A policy file."""

    findings: tuple[PolicyEntry, ...] = Field(description="Decisions; the first that fits a finding holds")


@dataclass(frozen=True, slots=True)
class Policy:
    """Decisions, each with the place in its file."""

    entries: tuple[tuple[PolicyEntry, str], ...] = ()

    def applied(self, findings: Sequence[Finding], target: str, today: date) -> tuple[Finding, ...]:
        """Return the findings as this policy has them, errors first, and what is to be said of the policy."""
        decided = [self._decided(finding, target, today) for finding in findings]
        return tuple(
            sorted(
                [*decided, *self._expired(findings, target, today)],
                key=lambda finding: (_ORDER.index(finding.severity), finding.code),
            )
        )

    def _decided(self, finding: Finding, target: str, today: date) -> Finding:
        for entry, place in self.entries:
            if today <= entry.until and _fits(entry, finding, target):
                decision = Decision(reason=entry.reason, until=entry.until, policy=place, was=finding.severity)
                if entry.do == "waive":
                    return finding.model_copy(update={"waived": decision})
                severity = Severity(entry.do)
                changes = {"severity": severity, "adjusted": decision}
                return finding if severity is finding.severity else finding.model_copy(update=changes)
        return finding

    def _expired(self, findings: Sequence[Finding], target: str, today: date) -> list[Finding]:
        return [
            Finding(
                code="GF-POLICY-EXPIRED",
                severity=Severity.WARNING,
                message=f"the policy's decision on {entry.code} ended on {entry.until.isoformat()}",
                why="the finding counts again as it would without the policy",
                remedy="decide again: write a later day and the reason into the policy, or mend the guest",
                evidence=(Evidence(path=place.rpartition(":")[0], line=int(place.rpartition(":")[2])),),
            )
            for entry, place in self.entries
            if today > entry.until and any(_fits(entry, finding, target) for finding in findings)
        ]


def _fits(entry: PolicyEntry, finding: Finding, target: str) -> bool:
    return fnmatchcase(finding.code, entry.code) and fnmatchcase(target, entry.target)


def load(path: Path, codes: Sequence[str] = ()) -> Policy:
    """Return the policy in a file. `codes`, if given, are all there are: any other is a mistake.

    Raises PolicyInvalid with everything that is wrong.
    """
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise PolicyInvalid(
            f"the policy {shown(str(path))} cannot be read: {problem.strerror}", hint="check --policy"
        ) from problem
    try:
        node, problems = source.read(str(path), data)
        file, mistakes = validated(PolicyFile, node)
    except RulesInvalid as error:
        raise _invalid(error.problems) from None
    problems = [*problems, *mistakes]
    entries: list[tuple[PolicyEntry, str]] = []
    for index, entry in enumerate(file.findings if file is not None else ()):
        place = node.find(["findings", index])
        entries.append((entry, f"{path}:{place.line}"))
        if codes and not any(fnmatchcase(code, entry.code) for code in codes):
            problems.append(place.find(["code"]).problem(f"no finding has the code {shown(entry.code)}"))
    if problems:
        raise _invalid(problems)
    return Policy(tuple(entries))


def _invalid(problems: Sequence[Problem]) -> PolicyInvalid:
    listed = "\n".join(str(problem) for problem in sorted(set(problems)))
    return PolicyInvalid(
        f"the policy cannot be used:\n{listed}",
        hint="correct these lines; docs/policy.md says what may be there",
    )
