"""All rules of a run, in order, with the settings that a site changed and the rules that it switched off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

from guestfix.rules import loader, source
from guestfix.rules.catalogue import Actions
from guestfix.rules.conditions.condition import Compiler
from guestfix.rules.errors import Problem, RulesInvalid, RuleUnknown, did_you_mean
from guestfix.rules.folders import DATA, yaml_files
from guestfix.rules.rule import Rule
from guestfix.rules.settings import Setting, SettingValue, values_of
from guestfix.rules.source import Node
from guestfix.untrusted import shown

LIST_HINT: Final = "`guestfix rules list` prints the ids; linux/* stands for all below linux/"


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in the order in which they run."""

    rules: tuple[Rule, ...]
    settings: Mapping[str, Setting]
    """Every setting that any of the rules declares."""
    values: Mapping[str, SettingValue]
    """The value of every setting."""
    skipped: Mapping[str, str] = field(default_factory=dict)
    """Ids of rules that do not run, and why."""

    def configured(
        self,
        *,
        only: Sequence[str] = (),
        skip: Sequence[str] = (),
        values: Mapping[str, object] | None = None,
    ) -> RuleSet:
        """Return these rules with some switched off and settings changed.

        `only` and `skip` hold ids or patterns (`linux/*`); `values` holds settings, typed or as text of a command
        line. Raises RuleUnknown, SettingInvalid.
        """
        skipped = dict(self.skipped)
        if only:
            wanted = self.matching(only)
            skipped |= {rule.id: f"not among {', '.join(only)}" for rule in self.rules if rule.id not in wanted}
        for pattern in skip:
            skipped |= dict.fromkeys(self.matching([pattern]), f"skipped by {pattern}")
        return replace(self, skipped=skipped, values={**self.values, **self._changed(values or {})})

    def _changed(self, given: Mapping[str, object]) -> dict[str, SettingValue]:
        values = values_of(self.settings, given)
        return {name: values[name] for name in given}

    def matching(self, patterns: Iterable[str]) -> set[str]:
        """Return the ids that any of `patterns` matches. Raises RuleUnknown for a pattern that matches none."""
        ids = [rule.id for rule in self.rules]
        found: set[str] = set()
        for pattern in patterns:
            matched = {rule_id for rule_id in ids if fnmatchcase(rule_id, pattern)}
            if not matched:
                raise RuleUnknown(
                    f"no rule is called {shown(pattern)}{did_you_mean(pattern, ids)}",
                    hint=LIST_HINT,
                )
            found |= matched
        return found

    def rule(self, rule_id: str) -> Rule:
        """Return the rule with this id. Raises RuleUnknown."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        ids = [rule.id for rule in self.rules]
        raise RuleUnknown(f"no rule is called {shown(rule_id)}{did_you_mean(rule_id, ids)}", hint=LIST_HINT)


def load(folders: Sequence[Path], actions: Actions) -> RuleSet:
    """Return the rules of these folders: the built-in ones first, then those of the site.

    A rule with the id of one in an earlier folder replaces it. Raises RulesInvalid with everything that is wrong
    with any of them, RulesFolderMissing.
    """
    problems: list[Problem] = []
    nodes: dict[str, Node] = {}
    for folder in folders:
        for path in yaml_files(folder, problems):
            rule_id = path.relative_to(folder).with_suffix("").as_posix()
            if rule_id.startswith(DATA):
                continue
            try:
                nodes[rule_id], mistakes = source.read(str(path), path.read_bytes())
            except RulesInvalid as error:
                mistakes = list(error.problems)
            problems += mistakes
    return build(nodes, actions, problems)


def build(nodes: Mapping[str, Node], actions: Actions, problems: Sequence[Problem] = ()) -> RuleSet:
    """Return the rules that these files are, by id. Raises RulesInvalid, with `problems` among its own."""
    found = list(problems)
    settings = _settings(nodes, found)
    compiler = Compiler({name: setting.kind for name, setting in settings.items()})
    rules: dict[str, Rule] = {}
    for rule_id, node in sorted(nodes.items()):
        rule, mistakes = loader.load(rule_id, node, actions, compiler)
        found += mistakes
        if rule is not None:
            rules[rule_id] = rule
    ordered = _ordered(rules, list(nodes), found)
    if found:
        raise RulesInvalid(found)
    return RuleSet(ordered, settings, values_of(settings, {}))


def _settings(nodes: Mapping[str, Node], problems: list[Problem]) -> dict[str, Setting]:
    settings: dict[str, Setting] = {}
    owners: dict[str, str] = {}
    for rule_id, node in sorted(nodes.items()):
        declared, mistakes = loader.declared_settings(node)
        problems += mistakes
        place = node.find(["settings"])
        for name, setting in declared.items():
            if name in settings:
                said = f"the setting `{name}` is declared by {owners[name]} already: a name has one meaning"
                problems.append(place.keys[name].problem(said))
            else:
                settings[name], owners[name] = setting, rule_id
    return settings


def _ordered(rules: Mapping[str, Rule], ids: Sequence[str], problems: list[Problem]) -> tuple[Rule, ...]:
    """Sort by id, and so that every rule comes after those that its `after` names."""
    before: dict[str, set[str]] = {}
    for rule in rules.values():
        before[rule.id] = set()
        for index, pattern in enumerate(rule.after):
            matched = {rule_id for rule_id in ids if fnmatchcase(rule_id, pattern)}
            if not matched:
                place = rule.node.find(["after", index])
                problems.append(place.problem(f"no rule is called `{shown(pattern)}`{did_you_mean(pattern, ids)}"))
            before[rule.id] |= (matched & rules.keys()) - {rule.id}
    sorter = TopologicalSorter(before)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = error.args[1]
        place = rules[circle[0]].node.find(["after"])
        problems.append(place.problem(f"these rules wait for each other: {' after '.join(circle)}"))
        return ()
    ordered: list[Rule] = []
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()])
        ordered.append(rules[ready[0]])
        sorter.done(ready.pop(0))
    return tuple(ordered)
