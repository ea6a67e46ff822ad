"""Files of data in a folder of rules, one model a file: `targets/*.yaml`, `support/*.yaml`, `families/*.yaml`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from guestfix.facts.base import Model
from guestfix.rules import source
from guestfix.rules.errors import Problem, RulesInvalid
from guestfix.rules.folders import yaml_files
from guestfix.rules.validation import validated

M = TypeVar("M", bound=Model)


def load_data(folders: Sequence[Path], kind: str, model: type[M], called: str) -> tuple[M, ...]:
    """Return what is below `kind` of these folders, sorted by id; a later folder replaces one of the same id.

    The id of a file is its name; `called` is what a person calls such a thing. Raises RulesInvalid,
    RulesFolderMissing.
    """
    problems: list[Problem] = []
    found: dict[str, M] = {}
    for folder in folders:
        for path in yaml_files(folder, problems):
            name = path.relative_to(folder).with_suffix("").as_posix()
            if not name.startswith(f"{kind}/"):
                continue
            try:
                node, mistakes = source.read(str(path), path.read_bytes())
            except RulesInvalid as error:
                problems += error.problems
                continue
            if "id" in node.keys:
                problems += [*mistakes, node.keys["id"].problem(f"the id of a {called} is its file's name")]
                continue
            id_ = name.removeprefix(f"{kind}/")
            plain: Any = node.plain()
            data = {"id": id_, **plain} if isinstance(plain, dict) else None
            read, more = validated(model, node, data=data)
            problems += [*mistakes, *more]
            if read is not None:
                found[id_] = read
    if problems:
        raise RulesInvalid(problems)
    return tuple(found[name] for name in sorted(found))
