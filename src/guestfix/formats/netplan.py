"""netplan's YAML, kept as its lines: what the file says, and on which lines each thing stands.

Writing YAML back loses comments, quotes and spacing, so it is never written back: an edit turns whole lines into
comments. The places of keys and values come from the YAML events. Anchors, tags and several documents are valid
YAML that netplan's files do not use; a file with them, and one that is no YAML, is kept and not understood.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from guestfix.formats import lines as text_lines
from guestfix.formats.errors import CannotEdit
from guestfix.formats.lines import Line, NotUnderstood
from guestfix.untrusted import shown

DISABLED: Final = "#guestfix# "
"""What a line begins with that was switched off."""

YAML_LIMIT: Final = 64 * 1024
"""Bytes that are read as YAML: the reader is slow, and real files have some hundred lines at most."""

DEPTH_LIMIT: Final = 16
"""Nesting of what netplan knows is below ten."""

KINDS: Final = (
    "ethernets",
    "wifis",
    "modems",
    "bridges",
    "bonds",
    "vlans",
    "tunnels",
    "vrfs",
    "dummy-devices",
    "virtual-ethernets",
    "nm-devices",
)
"""The keys of `network` below which devices are defined, netplan(5)."""


@dataclass(frozen=True, slots=True)
class Node:
    """One value. `first` and `last` are line numbers from 1, of a mapping's value with its key."""

    value: str | list[Node] | dict[str, Node]
    first: int
    last: int
    plain: bool = True
    """Not in quotes, so that `null` and nothing mean nothing."""
    flow: bool = False

    @property
    def items(self) -> Mapping[str, Node]:
        """The keys of a mapping; none for any other value."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def text(self) -> str | None:
        """The text of a scalar; None for lists, mappings, and null."""
        if not isinstance(self.value, str) or (self.plain and self.value in ("", "~", "null", "Null", "NULL")):
            return None
        return self.value

    @property
    def true(self) -> bool:
        """Whether netplan reads this as a boolean that is set."""
        return (self.text or "").lower() in ("true", "yes", "on", "y")

    def data(self) -> Any:
        """Return the value without places: dict, list, str or None."""
        if isinstance(self.value, dict):
            return {key: node.data() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.data() for node in self.value]
        return self.text


@dataclass(frozen=True, slots=True)
class Definition:
    """A device: `ens3` below `network: ethernets:`."""

    kind: str
    id: str
    node: Node


@dataclass(frozen=True)
class Netplan:
    """The file: its lines, and what they say; `root` None where nothing can be made of them."""

    lines: tuple[Line, ...]
    root: Node | None = field(compare=False)
    why: str = field(default="", compare=False)
    why_line: int = field(default=1, compare=False)

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.join(self.lines)

    @property
    def network(self) -> Node | None:
        """What is below `network:`."""
        return self.root.items.get("network") if self.root else None

    @property
    def renderer(self) -> str | None:
        """`networkd` or `NetworkManager`, where this file says so for all devices."""
        node = self.network.items.get("renderer") if self.network else None
        return node.text if node else None

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        """All devices, in the order of the file."""
        items = self.network.items if self.network else {}
        return tuple(
            Definition(kind, name, node)
            for kind, group in items.items()
            if kind in KINDS
            for name, node in group.items.items()
            if name != "renderer"
        )

    @property
    def not_understood(self) -> tuple[NotUnderstood, ...]:
        """Where the file stops being understood."""
        if not self.why:
            return ()
        text = self.lines[self.why_line - 1].text if self.why_line <= len(self.lines) else ""
        return (NotUnderstood(self.why_line, text, self.why),)

    def comment_out(self, definitions: Iterable[Definition]) -> Netplan:
        """Return the file with these devices as comments, and with them any key that would be left without one.

        Raises CannotEdit where other things stand on the same lines (`{...}` in one line).
        """
        doomed = tuple(definitions)
        if not doomed or self.network is None:
            return self
        spans = list(self._spans(doomed))
        wanted = {number for first, last in spans for number in range(first, last + 1)}
        lines = tuple(
            Line(DISABLED + line.text, line.ending) if number in wanted and line.text.strip() else line
            for number, line in enumerate(self.lines, 1)
        )
        edited = _of_lines(lines)
        lost = {(each.kind, each.id) for each in self.definitions} - {
            (each.kind, each.id) for each in edited.definitions
        }
        kept = edited.renderer == self.renderer
        if edited.why or not kept or lost != {(each.kind, each.id) for each in doomed}:
            raise CannotEdit(
                "The network cards of this netplan file share lines with other settings; they cannot go alone.",
                hint="Write each setting on a line of its own, or move the file away before the move.",
            )
        return edited

    def with_child(self, card: str, key: str, value: str, drop: Collection[str] = ()) -> Netplan:
        """Return the file in which the ethernet `card` has `key: value`, written as it is given.

        What it said there before becomes a comment, and so do its keys in `drop`. Raises ValueNotWritable, and
        CannotEdit for a definition in one line.
        """
        text_lines.one_line(value, "netplan")
        node = next(each.node for each in self.definitions if (each.kind, each.id) == ("ethernets", card))
        children = node.items
        first = min((child.first for child in children.values()), default=node.first)
        if node.flow or first <= node.first:
            raise CannotEdit(
                f"{shown(card)} is defined in one line of this netplan file; nothing can be added to it.",
                hint="Write each of its settings on a line of its own.",
            )
        text = self.lines[first - 1].text
        indent = text[: len(text) - len(text.lstrip(" "))]
        gone = [child for name, child in children.items() if name == key or name in drop]
        doomed = {number for child in gone for number in range(child.first, child.last + 1)}
        lines = [
            Line(DISABLED + line.text, line.ending) if number in doomed and line.text.strip() else line
            for number, line in enumerate(self.lines, 1)
        ]
        lines.insert(first - 1, Line(f"{indent}{key}: {value}", text_lines.ending_of(self.lines)))
        return _of_lines(tuple(lines))

    def _spans(self, doomed: tuple[Definition, ...]) -> Iterator[tuple[int, int]]:
        """Yield first and last line of what goes: devices, or the whole group, or `network` itself."""
        network = self.network
        assert network is not None
        groups = {kind: node for kind, node in network.items.items() if kind in {each.kind for each in doomed}}
        emptied = {
            kind
            for kind, node in groups.items()
            if node.items.keys() <= {each.id for each in doomed if each.kind == kind}
        }
        if emptied == network.items.keys():
            yield network.first, network.last
            return
        for kind in emptied:
            yield groups[kind].first, groups[kind].last
        yield from ((each.node.first, each.node.last) for each in doomed if each.kind not in emptied)


def parse(data: bytes) -> Netplan:
    """Return the model of a netplan file. Raises TooLarge."""
    return _of_lines(text_lines.split(data, "netplan"))


def _of_lines(lines: tuple[Line, ...]) -> Netplan:
    data = text_lines.join(lines)
    if len(data) > YAML_LIMIT:
        return Netplan(lines, None, f"more than {YAML_LIMIT // 1024} KiB: not read")
    try:
        return Netplan(lines, _Reader(data.decode("utf-8")).read())
    except _Puzzling as puzzle:
        return Netplan(lines, None, puzzle.why, puzzle.line)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Netplan(lines, None, "not YAML", mark.line + 1 if mark else 1)
    # ruamel.yaml lets ValueError and OverflowError out for some escapes in double quotes.
    except (YAMLError, ValueError, OverflowError):
        return Netplan(lines, None, "not YAML")


class _Puzzling(Exception):
    def __init__(self, why: str, line: int) -> None:
        super().__init__(why)
        self.why = why
        self.line = line


class _Reader:
    """Builds nodes from events without recursion deeper than DEPTH_LIMIT, and before any alias is followed."""

    def __init__(self, text: str) -> None:
        self.events: Iterator[Event] = YAML(typ="safe", pure=True).parse(text)
        self.documents = 0

    def read(self) -> Node | None:
        root: Node | None = None
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                self.documents += 1
                if self.documents > 1:
                    raise _Puzzling("a second YAML document", event.start_mark.line + 1)
            elif isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent | AliasEvent):
                root = self._node(event, event.start_mark.line + 1, 0)
        return root

    def _node(self, event: Event, first: int, depth: int) -> Node:
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _Puzzling("an anchor or alias", line)
        if depth > DEPTH_LIMIT:
            raise _Puzzling("nested too deeply", line)
        if isinstance(event, ScalarEvent):
            return Node(event.value, first, _end(event, line), plain=event.style is None)
        if isinstance(event, SequenceStartEvent):
            return self._list(event, first, depth)
        if isinstance(event, MappingStartEvent):
            return self._mapping(event, first, depth)
        raise _Puzzling("something that is no value", line)

    def _list(self, start: SequenceStartEvent, first: int, depth: int) -> Node:
        members: list[Node] = []
        last = start.start_mark.line + 1
        for event in self.events:
            if isinstance(event, SequenceEndEvent):
                last = max(last, event.end_mark.line + 1) if start.flow_style else last
                break
            members.append(self._node(event, event.start_mark.line + 1, depth + 1))
            last = max(last, members[-1].last)
        return Node(members, first, last, flow=bool(start.flow_style))

    def _mapping(self, start: MappingStartEvent, first: int, depth: int) -> Node:
        items: dict[str, Node] = {}
        last = start.start_mark.line + 1
        for event in self.events:
            if isinstance(event, MappingEndEvent):
                last = max(last, event.end_mark.line + 1) if start.flow_style else last
                break
            line = event.start_mark.line + 1
            if not isinstance(event, ScalarEvent) or event.value in items:
                raise _Puzzling("a key that is no text, or comes twice", line)
            value = self._node(next(self.events), line, depth + 1)
            items[event.value] = value
            last = max(last, value.last)
        return Node(items, first, last, flow=bool(start.flow_style))


def _end(event: ScalarEvent, line: int) -> int:
    """Return the last line of a scalar; a block scalar's end mark stands at the start of the line behind it."""
    end: int = event.end_mark.line + 1
    return end - 1 if event.end_mark.column == 0 and end > line else end
