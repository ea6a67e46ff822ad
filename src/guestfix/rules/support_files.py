"""Lists of systems from `support/*.yaml` of every folder of rules."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from guestfix.rules import source
from guestfix.rules.errors import Problem, RulesInvalid
from guestfix.rules.folders import yaml_files
from guestfix.rules.support import SupportList
from guestfix.rules.validation import validated


def load_support(folders: Sequence[Path]) -> tuple[SupportList, ...]:
    """Return the lists of these folders, sorted by id; a later folder replaces one of the same id.

    Raises RulesInvalid, RulesFolderMissing.
    """
    problems: list[Problem] = []
    lists: dict[str, SupportList] = {}
    for folder in folders:
        for path in yaml_files(folder, problems):
            name = path.relative_to(folder).with_suffix("").as_posix()
            if not name.startswith("support/"):
                continue
            try:
                node, mistakes = source.read(str(path), path.read_bytes())
            except RulesInvalid as error:
                problems += error.problems
                continue
            plain: Any = node.plain()
            data = {"id": name.removeprefix("support/"), **plain} if isinstance(plain, dict) else None
            found, more = validated(SupportList, node, data=data)
            problems += [*mistakes, *more]
            if found is not None:
                lists[found.id] = found
    if problems:
        raise RulesInvalid(problems)
    return tuple(lists[name] for name in sorted(lists))
