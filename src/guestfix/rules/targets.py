"""Targets from `targets/*.yaml` of every folder of rules; a later folder replaces an earlier one's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guestfix.rules import source
from guestfix.rules.data_files import load_data
from guestfix.rules.errors import Problem, RulesInvalid
from guestfix.rules.folders import yaml_files
from guestfix.rules.source import Node
from guestfix.rules.support import SupportList, lists_for
from guestfix.rules.target import Target
from guestfix.rules.validation import validated


def load_targets(folders: Sequence[Path]) -> dict[str, Target]:
    """Return the targets of these folders by id, sorted, with the lists of systems that speak of them.

    Raises RulesInvalid, RulesFolderMissing.
    """
    problems: list[Problem] = []
    targets: dict[str, Target] = {}
    for folder in folders:
        for path in yaml_files(folder, problems):
            name = path.relative_to(folder).with_suffix("").as_posix()
            if not name.startswith("targets/"):
                continue
            try:
                node, mistakes = source.read(str(path), path.read_bytes())
            except RulesInvalid as error:
                problems += error.problems
                continue
            target, more = _target(name.removeprefix("targets/"), node)
            problems += [*mistakes, *more]
            if target is not None:
                targets[target.id] = target
    if problems:
        raise RulesInvalid(problems)
    lists = load_data(folders, "support", SupportList)
    return {
        name: target.model_copy(update={"support": lists_for(lists, name)})
        for name, target in sorted(targets.items())
    }


def _target(name: str, node: Node) -> tuple[Target | None, list[Problem]]:
    if "id" in node.keys:
        return None, [node.keys["id"].problem("the id of a target is its file's name")]
    plain = node.plain()
    return validated(Target, node, data={"id": name, **plain} if isinstance(plain, dict) else None)
