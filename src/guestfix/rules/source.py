"""A rule file as located values: what it says, and at which line and column it says it.

Only plain data is accepted: no tags, no anchors or aliases, one document, bounded size and depth. Unquoted words
are text unless they are `true`, `false`, `null`, `~`, nothing at all, or a whole number without leading zeros;
`7.4` and `0644` are text, because versions and modes are what rules mean by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import yaml
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from guestfix.rules.errors import Problem, RulesInvalid
from guestfix.untrusted import shown

SIZE_LIMIT: Final = 256 * 1024
"""Largest rule file, in bytes."""
DEPTH_LIMIT: Final = 24
"""Deepest nesting of lists and mappings."""

_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_WORDS: Final[Mapping[str, bool | None]] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "~": None,
    "": None,
}

_LIBYAML: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""PyYAML may have been built without it."""

Scalar = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Text:
    """The file that nodes come from."""

    path: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a rule file. Line and column count from 1; `keys` are a mapping's keys in their places."""

    source: Text
    line: int
    column: int
    value: Scalar | list[Node] | dict[str, Node]
    keys: dict[str, Node] = field(default_factory=dict)
    style: str = ""

    def problem(self, message: str) -> Problem:
        """Return `message` located at this node."""
        return Problem(self.source.path, self.line, self.column, message)

    def problem_inside(self, offset: int, message: str) -> Problem:
        """Return `message` located at character `offset` of this text."""
        line, column = _place(self, offset)
        return Problem(self.source.path, line, column, message)

    def plain(self) -> Any:
        """Return the value without places: dict, list, str, int, bool or None."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def find(self, location: Sequence[int | str]) -> Node:
        """Return the deepest node on the way of `location` (pydantic's `loc`; tags of unions are passed over)."""
        node = self
        for step in location:
            if isinstance(node.value, dict) and step in node.value:
                node = node.value[str(step)]
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
        return node

    def items(self) -> Iterator[tuple[str, Node]]:
        """Yield keys and values of a mapping; nothing for any other value."""
        if isinstance(self.value, dict):
            yield from self.value.items()


def read(path: str, data: bytes) -> tuple[Node, list[Problem]]:
    """Return what the YAML file `path` with content `data` says, and what is wrong with it as YAML.

    Raises RulesInvalid where nothing can be made of it.
    """
    node, problems = _read(path, data)
    return node, list(problems)


@lru_cache(maxsize=512)
def _read(path: str, data: bytes) -> tuple[Node, tuple[Problem, ...]]:
    """Remember: who works on many guests reads the same rules for each, and the parser takes most of a second."""
    if len(data) > SIZE_LIMIT:
        raise RulesInvalid([Problem(path, 1, 1, f"larger than {SIZE_LIMIT // 1024} KiB: not a rule file")])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise RulesInvalid([Problem(path, line, column, "not UTF-8")]) from None
    source = Text(path, re.split("\r\n|[\n\r\x85\u2028\u2029]", text))
    builder = _fast(source, text) or _exact(source, text)
    if builder.root is None:
        raise RulesInvalid([*builder.problems, Problem(path, 1, 1, "empty: a rule file holds a mapping")])
    return builder.root, tuple(builder.problems)


def _fast(source: Text, text: str) -> _Builder | None:
    """Return what libyaml makes of the text, in a tenth of the time; None if it cannot: it says little of why."""
    builder = _Builder(source)
    try:
        for event in yaml.parse(text, Loader=_LIBYAML):
            builder.take(event)
    except YAMLError:
        return None
    return builder


def _exact(source: Text, text: str) -> _Builder:
    """Return what the text says. Raises RulesInvalid, which says where and why it is no YAML."""
    builder = _Builder(source)
    path = source.path
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            builder.take(event)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = ", ".join(part for part in (error.context, error.problem) if part)
        if "while parsing a flow" in said:
            said += "; inside {...} and [...], text that has brackets or commas stands in quotes"
        raise RulesInvalid([*builder.problems, Problem(path, line, column, f"not YAML: {shown(said)}")]) from None
    except YAMLError as error:
        raise RulesInvalid([Problem(path, 1, 1, f"not YAML: {shown(str(error))}")]) from None
    return builder


class _Builder:
    """Builds nodes from YAML events without recursion, so that depth is bounded here and not by the stack."""

    def __init__(self, source: Text) -> None:
        self.source = source
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self.open: list[Node] = []
        self.pending: list[Node | None] = []

    def take(self, event: Event) -> None:
        """Take the next event. Raises RulesInvalid when nesting is too deep."""
        if isinstance(event, DocumentStartEvent) and self.root is not None:
            raise RulesInvalid([self._here(event, None).problem("a second document: a rule file holds one")])
        if isinstance(event, NodeEvent):
            self._refuse_references(event)
        if isinstance(event, ScalarEvent):
            self._attach(self._here(event, _scalar(event), event.style or ""))
        elif isinstance(event, AliasEvent):
            self._attach(self._here(event, None))
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            node = self._here(event, {} if isinstance(event, MappingStartEvent) else [])
            if len(self.open) >= DEPTH_LIMIT:
                raise RulesInvalid([*self.problems, node.problem(f"nested deeper than {DEPTH_LIMIT}")])
            self.open.append(node)
            self.pending.append(None)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self.pending.pop()
            self._attach(self.open.pop())

    def _here(self, event: Event, value: Any, style: str = "") -> Node:
        mark = event.start_mark
        return Node(self.source, mark.line + 1, mark.column + 1, value, style=style)

    def _refuse_references(self, event: NodeEvent) -> None:
        if event.anchor is not None:
            self.problems.append(self._here(event, None).problem("anchors and aliases are not used in rules"))
        tag = getattr(event, "tag", None)
        if tag is not None:
            self.problems.append(
                self._here(event, None).problem(f"tags such as {shown(str(tag))} are not used in rules")
            )

    def _attach(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if isinstance(parent.value, list):
            parent.value.append(node)
            return
        assert isinstance(parent.value, dict)
        key = self.pending[-1]
        if key is None:
            self.pending[-1] = node
            return
        self.pending[-1] = None
        self._enter(parent, parent.value, key, node)

    def _enter(self, parent: Node, entries: dict[str, Node], key: Node, node: Node) -> None:
        if isinstance(key.value, dict | list):
            self.problems.append(key.problem("a key must be one word or text"))
            return
        name = "null" if key.value is None else str(key.value)
        if name in entries:
            first = parent.keys[name].line
            self.problems.append(key.problem(f"`{shown(name)}` is here twice, first in line {first}"))
            return
        entries[name] = node
        parent.keys[name] = key


def _scalar(event: ScalarEvent) -> Scalar:
    text: str = event.value
    if event.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) else text


def _place(node: Node, offset: int) -> tuple[int, int]:
    """Walk value and file side by side up to `offset`, over quotes, escapes, folds and indentation."""
    if not isinstance(node.value, str):
        return node.line, node.column
    lines = node.source.lines
    row, column = node.line - 1, node.column - 1
    if node.style in {"|", ">"}:
        row, column = row + 1, 0
    elif node.style:
        column += 1
    for index, char in enumerate(node.value):
        row, column = _settle(lines, row, column, char)
        if index >= offset or row >= len(lines):
            break
        column += _width(lines[row], column, char, node.style)
    return min(row, len(lines) - 1) + 1, column + 1


def _settle(lines: Sequence[str], row: int, column: int, char: str) -> tuple[int, int]:
    """Return where `char` is written, at or after this place: at the end of a line lies a fold or a break."""
    if char in " \n" and row < len(lines) and lines[row][column:].strip() == "":
        return row, column
    while row < len(lines) and column >= len(lines[row]):
        row, column = row + 1, 0
    if row < len(lines) and column == 0:
        column = len(lines[row]) - len(lines[row].lstrip(" "))
    return row, column


def _width(line: str, column: int, char: str, style: str) -> int:
    """Return how many characters of the file stand for `char`."""
    if column >= len(line) or (char in " \n" and line[column:].strip() == ""):
        return max(1, len(line) - column)
    if style == "'" and line.startswith("''", column):
        return 2
    if style == '"' and line[column] == "\\":
        return {"x": 4, "u": 6, "U": 10}.get(line[column + 1 : column + 2], 2)
    return 1
