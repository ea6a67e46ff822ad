"""The codes that Python says: classes of errors, and findings made outside of rules; read from our own source.

Reading the source, and not the classes, finds the hints too, and imports nothing (libguestfs may be missing).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from guestfix.codes.model import Explanation

KINDS: Final[Mapping[str, str]] = {
    "Refused": "refusal, exit status 1",
    "UsageError": "usage error, exit status 2",
    "EnvironmentProblem": "problem of this host, exit status 3",
    "InternalError": "defect of guestfix, exit status 4",
    "Cancelled": "stopped, exit status 130",
}


@dataclass(frozen=True, slots=True)
class _Class:
    name: str
    bases: tuple[str, ...]
    code: str | None
    aliases: tuple[str, ...]
    meaning: str
    place: str


def of_source(package: Path | None = None) -> Iterator[Explanation]:
    """Yield the explanations of all codes in the modules of `package` (ours without)."""
    package = package or Path(__file__).resolve().parent.parent
    trees = {
        path.relative_to(package.parent).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(package.rglob("*.py"))
    }
    classes = [found for place, tree in trees.items() for found in _classes(place, tree)]
    hints: dict[tuple[str, str], list[str]] = {}
    for place, tree in trees.items():
        origins = _imported(tree)
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = _name(call.func)
            given = {word.arg: _text(word.value) for word in call.keywords if word.arg}
            if given.get("hint", "").strip("…"):
                hints.setdefault((origins.get(name, place), name), []).append(given["hint"])
            if name == "Finding" and given.get("code", "").startswith("GF-"):
                yield _finding(place, given)
    for found in classes:
        if found.code is not None and (kind := _kind(found, classes)):
            yield Explanation(
                found.code,
                kind,
                (found.meaning,),
                remedies=tuple(dict.fromkeys(hints.get((found.place, found.name), []))),
                aliases=found.aliases,
                places=(found.place,),
            )


def _imported(tree: ast.Module) -> dict[str, str]:
    """Return the file that each imported name comes from: two modules may have an error of one name."""
    return {
        alias.asname or alias.name: f"{node.module.replace('.', '/')}.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def _finding(place: str, given: Mapping[str, str]) -> Explanation:
    return Explanation(
        code=given["code"],
        kind="finding",
        meaning=(given.get("message", ""),),
        severities=(given.get("severity", "").rpartition(".")[2].lower(),),
        why=(given.get("why", ""),),
        remedies=(given.get("remedy", ""),),
        places=(place,),
    )


def _classes(place: str, tree: ast.Module) -> Iterator[_Class]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            values = dict(_assigned(node))
            code = values.get("code")
            yield _Class(
                node.name,
                tuple(_name(base) for base in node.bases),
                _text(code) if code is not None else None,
                tuple(_text(each) for each in getattr(values.get("aliases"), "elts", ())),
                " ".join((ast.get_docstring(node) or "").split()),
                place,
            )


def _assigned(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            yield statement.targets[0].id, statement.value
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            yield statement.target.id, statement.value


def _kind(found: _Class, classes: Sequence[_Class]) -> str | None:
    """Return the kind of error that a class is; None for a class that is none."""
    waiting = [found.name]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in KINDS:
            return KINDS[name]
        if name == "GuestfixError":
            return KINDS["InternalError"]
        if name not in seen:
            waiting += [base for each in classes if each.name == name for base in each.bases]
        seen.add(name)
    return None


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _text(node: ast.expr) -> str:
    """Return a text of the source with `…` where a value stands."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.BinOp):
        return _text(node.left) + _text(node.right)
    if isinstance(node, ast.Attribute):
        return node.attr
    return "…"
