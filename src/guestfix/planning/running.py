"""One rule at work: its condition, its edits and its verbs, with a reason for whatever is not done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from guestfix.changes import (
    Change,
    Content,
    Evidence,
    Finding,
    HiveEdited,
    Note,
    Outcome,
    RuleOutcome,
    Severity,
    Whole,
)
from guestfix.errors import InternalError, Refused
from guestfix.facts.model import Facts, Unknown
from guestfix.guest.protocol import GuestReader, Kind
from guestfix.initramfs import Initramfs
from guestfix.planning.staging import Staging
from guestfix.registry import opening
from guestfix.registry.document import HiveDocument
from guestfix.rules.action import HiveFormat, KeepsLines, Proposal
from guestfix.rules.conditions.condition import Condition
from guestfix.rules.paths import is_pattern, matching
from guestfix.rules.rule import Edit, Rule, StepUse, Use
from guestfix.rules.supplies import NOTHING, Supplies
from guestfix.rules.target import Target
from guestfix.untrusted import shown

EVIDENCE_LIMIT: Final = 20
"""Lines of one file that are shown as not understood."""


@dataclass(frozen=True, slots=True)
class PlanScope:
    """What actions and conditions see while a plan is made."""

    facts: Facts
    target: Target
    settings: Mapping[str, Any]
    guest: GuestReader
    initramfs: Mapping[str, Initramfs]
    hives: Callable[[str], HiveDocument]
    supplies: Supplies = NOTHING
    staged: Callable[[], Sequence[Change]] = tuple

    @property
    def changes(self) -> Sequence[Change]:
        """See `Scope.changes`."""
        return self.staged()

    def hive(self, path: str) -> HiveDocument:
        """See `Scope.hive`."""
        return self.hives(path)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A path to edit. What a fact says is a name, whatever characters are in it: it does not glob."""

    path: str
    globs: bool


class RuleRun:
    """One run of one rule. Files go to the staging; `findings` and the reasons fill on the way."""

    def __init__(self, rule: Rule, scope: PlanScope, staging: Staging) -> None:
        self.rule = rule
        self.scope = scope
        self.staging = staging
        self.findings: list[Finding] = []
        self.reasons: list[str] = []
        self.touched: list[str] = []

    def run(self) -> RuleOutcome:
        """Run the rule and return what became of it.

        Raises RulesConflict, and InternalError for an action that does nothing and does not say why.
        """
        if (reason := self._why_not(self.rule.when)) is not None:
            return self._outcome(Outcome.NOT_APPLICABLE, reason)
        for item in self.rule.do:
            if (reason := self._why_not(item.when)) is not None:
                self.reasons.append(reason)
            elif isinstance(item, Edit):
                self._edit(item)
            else:
                self._use(item)
        if self.touched:
            return self._outcome(Outcome.CHANGES, ", ".join(shown(path) for path in dict.fromkeys(self.touched)))
        if self.findings:
            codes = ", ".join(sorted({finding.code for finding in self.findings}))
            return self._outcome(Outcome.FINDINGS, "; ".join(dict.fromkeys([codes, *self.reasons])))
        return self._outcome(Outcome.NOTHING, "; ".join(dict.fromkeys(self.reasons)))

    def _outcome(self, outcome: Outcome, why: str) -> RuleOutcome:
        if not why:
            raise InternalError(f"the rule {self.rule.id} did nothing and does not say why")
        return RuleOutcome(rule=self.rule.id, outcome=outcome, why=why)

    def _why_not(self, when: Condition) -> str | None:
        holds = when.holds(self.scope)
        if isinstance(holds, Unknown):
            return f"nobody can tell whether it applies: {when.doubt(self.scope) or shown(holds.unknown)}"
        return None if holds else f"it applies to others: {when.explain(self.scope)}"

    def _edit(self, edit: Edit) -> None:
        done: set[str] = set()
        for pattern in self._patterns(edit):
            try:
                found = self._files(pattern, any_case=isinstance(edit.format, HiveFormat))
            except Refused as error:
                self._refused(pattern.path, error)
                continue
            if not found:
                self.reasons.append(f"{shown(pattern.path)}: absent")
            for path in found:
                if path not in done:
                    done.add(path)
                    self._edit_file(edit, path)

    def _patterns(self, edit: Edit) -> Iterator[_Pattern]:
        for path in edit.paths:
            if isinstance(path, str):
                yield _Pattern(path, is_pattern(path))
                continue
            value = path.value(self.scope)
            members = value if isinstance(value, tuple | list) else (value,)
            if not members:
                self.reasons.append(f"{path.text} names no file")
            for member in members:
                if isinstance(member, Unknown):
                    self.reasons.append(f"{path.text} is unknown: {shown(member.unknown)}")
                elif not isinstance(member, str) or not member.startswith("/"):
                    self.reasons.append(f"{path.text} names no path inside a guest")
                else:
                    yield _Pattern(member, globs=False)

    def _files(self, pattern: _Pattern, *, any_case: bool) -> list[str]:
        """Return the resolved paths of the files that exist; a directory counts only if it is named outright.

        `any_case` finds a path that is named outright as Windows finds it.
        """
        view = self.scope.guest
        found: list[str] = []
        for path in matching(view, pattern.path) if pattern.globs else [pattern.path]:
            resolved = opening.any_case(view, path) if any_case and not pattern.globs else view.resolve(path)
            status = None if resolved is None else view.status(resolved)
            if resolved is None or status is None or (pattern.globs and status.kind is Kind.DIRECTORY):
                continue
            found.append(resolved)
        return found

    def _edit_file(self, edit: Edit, path: str) -> None:
        notes: list[Note] = []
        findings: list[Finding] = []
        try:
            if isinstance(edit.format, HiveFormat):
                data, document = None, self.scope.hive(path)
            else:
                data = self.scope.guest.read(path)
                document = edit.format.parse(data)
            findings += _kept_lines(document, path)
            for use in edit.steps:
                document = self._step(use, document, path, notes, findings)
            after: Content
            if isinstance(edit.format, HiveFormat):
                after = HiveEdited(operations=document.operations, logs=document.logs)
            else:
                after = Whole(data=edit.format.render(document))
            staged = self.staging.propose(self.rule, Proposal(path, after, tuple(notes)), data)
        except Refused as error:
            self._refused(path, error)
            return
        self._found(findings)
        if staged is not None:
            self.touched.append(staged)
            if isinstance(after, HiveEdited):
                self._empty_logs(after.logs)
        elif notes:
            self.reasons.append(f"{shown(path)}: its steps take each other back")

    def _empty_logs(self, logs: Iterable[str]) -> None:
        """Make logs harmless whose content is in an edited hive: replayed over it, they would undo the edit."""
        note = Note(text="what it holds is in the hive now; replayed over the edited hive it would damage it")
        for log in logs:
            self._propose(Proposal(log, Whole(data=b""), (note,)))

    def _step(self, use: StepUse, document: Any, path: str, notes: list[Note], findings: list[Finding]) -> Any:
        values = use.parameters.values(self.scope)
        if isinstance(values, Unknown):
            self.reasons.append(f"{use.name}: a value is unknown: {shown(values.unknown)}")
            return document
        edited = use.step.run(document, values, self.scope, path)
        findings += edited.findings
        if edited.document != document:
            notes += edited.notes
        elif edited.why_not:
            self.reasons.append(edited.why_not)
        elif not edited.findings:
            raise InternalError(f"the step {use.name} did nothing and does not say why")
        return edited.document

    def _use(self, use: Use) -> None:
        try:
            values = use.parameters.values(self.scope)
            if isinstance(values, Unknown):
                self.reasons.append(f"{use.name}: a value is unknown: {shown(values.unknown)}")
                return
            outcome = use.verb.run(values, self.scope)
        except Refused as error:
            self._refused("", error)
            return
        for proposal in outcome.proposals:
            self._propose(proposal)
        self._found(outcome.findings)
        if outcome.why_not:
            self.reasons.append(outcome.why_not)
        elif not outcome.proposals and not outcome.findings:
            raise InternalError(f"the verb {use.name} did nothing and does not say why")

    def _propose(self, proposal: Proposal) -> None:
        try:
            staged = self.staging.propose(self.rule, proposal)
        except Refused as error:
            self._refused(proposal.path, error)
            return
        if staged is not None:
            self.touched.append(staged)
            if isinstance(proposal.after, HiveEdited):
                self._empty_logs(proposal.after.logs)
        else:
            self.reasons.append(f"{shown(proposal.path)} is so already")

    def _found(self, findings: Iterable[Finding]) -> None:
        self.findings += [finding.model_copy(update={"rule": self.rule.id}) for finding in findings]

    def _refused(self, path: str, error: Refused) -> None:
        """Turn what cannot be worked on into a finding: one broken file must not hide what else is to be done."""
        finding = Finding(
            code=error.code,
            severity=Severity.ERROR,
            message=error.message,
            why=f"It is left as it is, so this was not done: {self.rule.summary}",
            remedy=error.hint or "look at it, correct it, and plan again; or skip the rule",
            evidence=(Evidence(path=path),) if path else (),
        )
        self._found([finding])


def _kept_lines(document: object, path: str) -> Iterator[Finding]:
    lines = document.not_understood if isinstance(document, KeepsLines) else ()
    if lines:
        yield Finding(
            code="GF-FORMAT-NOT-UNDERSTOOD",
            severity=Severity.INFO,
            message=f"{shown(path)} has lines that guestfix does not understand; they stay as they are",
            why="whatever they do, they go on doing: nothing in them was adapted to the target",
            remedy="look at them",
            evidence=tuple(
                Evidence(path=path, line=line.number, value=f"{shown(line.text)}: {shown(line.why)}")
                for line in lines[:EVIDENCE_LIMIT]
            ),
        )
