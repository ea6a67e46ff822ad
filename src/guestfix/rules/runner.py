"""Runs the examples of a rule, each as a whole life: plan, apply, plan again, revert.

The package is pure, so what acts on a guest is given to it: how a guest is made of files, inspected, changed and
restored.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Generic, Protocol, TypeVar

from guestfix.changes import Change, Extended, HiveEdited, RuleOutcome, Whole
from guestfix.errors import GuestfixError
from guestfix.facts.model import Facts
from guestfix.guest.protocol import TEXT_LIMIT, GuestReader
from guestfix.initramfs import Initramfs, describe
from guestfix.plan import Plan, plan
from guestfix.registry.editor import edited
from guestfix.registry.reg_text import diff_lines
from guestfix.rules.completion import completed, merged
from guestfix.rules.errors import Problem, RulesInvalid
from guestfix.rules.example import LocatedExample, read_examples
from guestfix.rules.fixtures import Expected, File
from guestfix.rules.rule import Rule
from guestfix.rules.ruleset import RuleSet
from guestfix.rules.snapshot import differences, snapshot
from guestfix.rules.source import Node
from guestfix.rules.supplies import Supplies
from guestfix.rules.target import Target
from guestfix.rules.validation import validated

G = TypeVar("G", bound=GuestReader)


class Inspected(Protocol):
    """What inspection returns."""

    @property
    def facts(self) -> Facts:
        """What was found."""
        ...

    @property
    def initramfs(self) -> Mapping[str, Initramfs]:
        """Descriptions of the initramfs images, by path."""
        ...


@dataclass(frozen=True, slots=True)
class World(Generic[G]):
    """What examples live in."""

    build: Callable[[Mapping[str, File]], G]
    inspect: Callable[[G], Inspected]
    apply: Callable[[G, Plan], object]
    revert: Callable[[G], object]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one example; without failures it passed."""

    rule: str
    example: str
    path: str
    line: int
    failures: tuple[str, ...]


def run_examples(rules: RuleSet, targets: Mapping[str, Target], world: World[G]) -> list[Result]:
    """Run every example of every rule that is not skipped, each with its own rule alone. Raises RulesInvalid."""
    read: list[tuple[Rule, LocatedExample]] = []
    problems: list[Problem] = []
    for rule in rules.rules:
        if rule.id not in rules.skipped:
            try:
                read += [(rule, example) for example in read_examples(rule)]
            except RulesInvalid as error:
                problems += error.problems
    if problems:
        raise RulesInvalid(problems)
    return [_result(replace(rules, rules=(rule,)), example, targets, world) for rule, example in read]


def _result(rules: RuleSet, located: LocatedExample, targets: Mapping[str, Target], world: World[G]) -> Result:
    trial = _Trial(rules, located, targets, world)
    try:
        trial.run()
    except GuestfixError as error:
        trial.failures.append(f"{error.code}: {error.message}")
    name = located.example.name
    return Result(rules.rules[0].id, name, located.path, located.line, tuple(trial.failures))


class _Trial(Generic[G]):
    """One example while it runs."""

    def __init__(
        self, rules: RuleSet, located: LocatedExample, targets: Mapping[str, Target], world: World[G]
    ) -> None:
        self.rules = rules
        self.node: Node = located.facts
        self.example = located.example
        self.targets = targets
        self.world = world
        self.failures: list[str] = []

    def run(self) -> None:
        """Run the example; `failures` fills on the way."""
        guest = self.world.build({_named(path): given.file() for path, given in self.example.before.items()})
        began = snapshot(guest)
        first = self._plan(guest)
        if first is None:
            return
        self._compare_files(guest, first)
        self._compare_findings(first)
        self._compare_reason(first.rules[0])
        if first.is_empty or self.failures:
            return
        self.world.apply(guest, first)
        self._compare_modes(guest)
        second = self._plan(guest)
        if second is not None:
            self._check_nothing_left(second)
        self.world.revert(guest)
        self.failures += [
            f"revert does not give everything back: {line}" for line in differences(began, snapshot(guest))
        ]

    def _plan(self, guest: G) -> Plan | None:
        target = self.targets.get(self.example.target)
        if target is None:
            self.failures.append(f"there is no target {self.example.target}: {', '.join(self.targets)}")
            return None
        inspected = self.world.inspect(guest)
        facts = self._facts(inspected.facts)
        rules = self.rules.configured(values=self.example.set)
        return None if facts is None else plan(facts, inspected.initramfs, guest, rules, target, self._supplies())

    def _supplies(self) -> Supplies:
        drivers, scripts = (
            self.world.build({path: given.file() for path, given in folder.items()}) if folder else None
            for folder in (self.example.drivers, self.example.scripts)
        )
        return Supplies(drivers=drivers, scripts=scripts, cards=tuple(self.example.nics.items()))

    def _facts(self, collected: Facts) -> Facts | None:
        if not self.example.facts:
            return collected
        data = completed(Facts, merged(collected.model_dump(mode="json"), self.example.facts))
        facts, problems = validated(Facts, self.node, data=data)
        self.failures += [f"facts: {problem}" for problem in problems]
        return facts

    def _compare_files(self, guest: G, first: Plan) -> None:
        changes = {change.path: change for change in first.changes}
        for path in sorted(changes.keys() - self.example.after.keys()):
            self.failures.append(f"{path} changes too:\n{_diff(guest, changes[path], None)}")
        for path, expected in self.example.after.items():
            change = changes.get(path)
            if change is None:
                self.failures.append(f"{path} does not change: {first.rules[0].why}")
            elif expected is None or change.after is None:
                if (expected is None) != (change.after is None):
                    self.failures.append(f"{path} is {'not ' if expected is None else ''}moved aside")
            elif expected.edits is not None:
                self._compare_hive(change, expected.edits)
            elif expected.adds is not None:
                self._compare_image(guest, change, expected.adds)
            elif _after(guest, change) != expected.data():
                self.failures.append(f"{path} becomes something else:\n{_diff(guest, change, expected)}")

    def _compare_image(self, guest: G, change: Change, patterns: tuple[str, ...]) -> None:
        if not isinstance(change.after, Extended):
            self.failures.append(f"{change.path} is rewritten, and should only be added to")
            return
        before = describe([_before(guest, change)])
        after = describe([change.after.tail], after=before)
        added = [path for path, entry in after.entries.items() if before.entries.get(path) != entry]
        surplus = [path for path in added if not any(fnmatchcase(path, pattern) for pattern in patterns)]
        lacking = [pattern for pattern in patterns if not any(fnmatchcase(path, pattern) for path in added)]
        self.failures += [f"{change.path} gets {path} too" for path in surplus]
        self.failures += [f"{change.path} does not get {pattern}" for pattern in lacking]

    def _compare_hive(self, change: Change, wanted: str) -> None:
        if not isinstance(change.after, HiveEdited):
            self.failures.append(f"{change.path} is not edited as a hive")
            return
        found = [f"{mark}{line}".strip() for mark, line in diff_lines(change.after.operations)]
        expected = [line.strip() for line in wanted.splitlines() if line.strip()]
        if found != expected:
            diff = "\n".join(difflib.unified_diff(expected, found, "expected", "found", lineterm=""))
            self.failures.append(f"{change.path} is edited otherwise:\n{diff}")

    def _compare_findings(self, first: Plan) -> None:
        found, expected = sorted(finding.code for finding in first.findings), sorted(self.example.findings)
        if found != expected:
            said = "".join(f"\n  {finding.code}: {finding.message}" for finding in first.findings)
            self.failures.append(f"findings are {found}, and should be {expected}{said}")

    def _compare_reason(self, outcome: RuleOutcome) -> None:
        wanted = self.example.unchanged
        if wanted is not None and wanted not in outcome.why:
            self.failures.append(f"the reason is {outcome.why!r}, and should have {wanted!r} in it")

    def _compare_modes(self, guest: G) -> None:
        for path, expected in self.example.after.items():
            status = guest.status(path)
            wanted = expected.mode if expected is not None else None
            if wanted is not None and status is not None and status.mode != int(wanted, 8):
                self.failures.append(f"{path} has mode {status.mode:04o}, and should have {wanted}")

    def _check_nothing_left(self, second: Plan) -> None:
        for change in second.changes:
            notes = "; ".join(note.text for note in change.notes)
            self.failures.append(f"a second plan changes {change.path} again: {notes}")


def _named(path: str) -> str:
    r"""Return the path of a file whose name is not UTF-8, written as it is shown: `\xff` is that byte.

    Below 80 it stays as it is: `\x2d` is how systemd itself writes a name.
    """
    return re.sub(r"\\x([89a-f][0-9a-f])", lambda found: chr(0xDC00 + int(found[1], 16)), path)


def _before(guest: GuestReader, change: Change) -> bytes:
    return b"" if change.before is None else guest.read(change.path, max(TEXT_LIMIT, change.before.size))


def _after(guest: GuestReader, change: Change) -> bytes:
    if isinstance(change.after, Whole):
        return change.after.data
    if isinstance(change.after, HiveEdited):
        return edited(_before(guest, change), change.after.operations)
    return _before(guest, change) + (change.after.tail if change.after else b"")


def _diff(guest: GuestReader, change: Change, expected: Expected | None) -> str:
    """Return a unified diff from what is expected (the file as it is, if nothing is) to what the rule makes."""
    wanted = _before(guest, change) if expected is None else expected.data()
    if isinstance(change.after, HiveEdited):
        return "\n".join(f"{mark}{line}" for mark, line in diff_lines(change.after.operations))
    old, new = (data.decode("utf-8", "backslashreplace").splitlines() for data in (wanted, _after(guest, change)))
    name = "before" if expected is None else "expected"
    return "\n".join(difflib.unified_diff(old, new, name, "found", lineterm=""))
