"""Which files of a folder are rules."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from guestfix.rules.errors import Problem, RulesFolderMissing

DATA: Final = ("targets/", "support/", "families/")
"""Folders whose files are no rules."""

ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]*(?:/[a-z0-9][a-z0-9_-]*)*")
"""What the id of a rule or target looks like: its path below the folder, without `.yaml`."""


def yaml_files(folder: Path, problems: list[Problem]) -> list[Path]:
    """Return the rule and target files below `folder`, sorted; names with a leading dot are passed over.

    A name that cannot be an id goes into `problems`. Raises RulesFolderMissing.
    """
    if not folder.is_dir():
        raise RulesFolderMissing(
            f"{folder} is no folder of rules", hint="--rules names a folder that holds *.yaml"
        )
    found: list[Path] = []
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if any(part.startswith(".") for part in relative.parts) or path.suffix not in {".yaml", ".yml"}:
            continue
        if path.suffix == ".yml":
            problems.append(Problem(str(path), 1, 1, "the name of a rule file ends in .yaml"))
        elif not ID.fullmatch(relative.with_suffix("").as_posix()):
            problems.append(Problem(str(path), 1, 1, "the path of a rule is its id: a-z, 0-9, - and _ only"))
        else:
            found.append(path)
    return found
