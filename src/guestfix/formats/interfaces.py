r"""Debian's /etc/network/interfaces: interfaces(5), read as ifup reads it (ifupdown's config.c).

A logical line is one or more lines joined by a backslash that is the very last character. Blanks at both ends are
dropped; `#` begins a comment only as the first character that is no blank, and a comment is never continued.
Stanzas begin with iface, mapping, auto, allow-CLASS, rename, source, source-directory, no-auto-down or
no-scripts; any other line is an option of the iface or mapping above it. One misplaced or empty option, or an
iface line without family and method, makes ifup refuse the whole file: such lines are in `not_understood`.

Whatever name the card gets
---------------------------
Found by trial with ifupdown 0.8.41 (`--no-act`, in a network name space), its manual, NEWS and source:

- Patterns in auto, allow-* and rename exist since 0.8.20 (NEWS.Debian): buster and later, Ubuntu 20.04. Not in
  stretch (0.8.19), Ubuntu 18.04 (0.8.17), 16.04 (0.8.10) or anything older. `iface` takes no pattern.
- `auto /en*=guestfix` with `iface guestfix inet dhcp` brings up every present card; with none it expands to
  nothing, so it neither fails nor delays networking.service, which runs after `udevadm settle`.
- `allow-hotplug /en*=guestfix` does NOT work for udev: ifupdown-hotplug asks `ifquery --allow hotplug -l ens5`,
  where the `=guestfix` is lost ("unknown interface ens5", and nothing happens). A late card needs an iface
  stanza of its own name; with one, `allow-hotplug ens5` is harmless while ens5 is absent. A card that `auto`
  brought up already is left alone when udev asks again ("already configured").
- `allow-hotplug X` without `iface X` is an error of `ifquery -l`; `auto X` for an absent card fails `ifup -a`.
- Before 0.8.20 a pattern is taken for a name, and `auto` of it fails: list names under allow-hotplug only.
- `inherits` and a failing networking.service when a card fails exist since 0.8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from guestfix.formats import lines as text_lines
from guestfix.formats.lines import Line, NotUnderstood

_BLANKS = " \t\n\v\f\r"
_NAME_LISTS = frozenset({"auto", "rename", "no-auto-down", "no-scripts"})
_COMMANDS = frozenset({"pre-up", "up", "post-up", "pre-down", "down", "post-down"})
_SPLIT = re.compile(f"[{_BLANKS}]+")


@dataclass(frozen=True, slots=True)
class Statement:
    """One logical line: the lines it is made of."""

    lines: tuple[Line, ...]

    @property
    def raw(self) -> str:
        """The statement as it stands in the file."""
        return "".join(line.raw for line in self.lines)

    @property
    def text(self) -> str:
        """What ifup reads: joined, blanks at both ends dropped; empty for comments."""
        joined = "".join(line.text[:-1] for line in self.lines[:-1]) + self.lines[-1].text
        stripped = joined.strip(_BLANKS)
        return "" if stripped.startswith("#") else stripped

    @property
    def words(self) -> tuple[str, ...]:
        """The words of `text`."""
        return tuple(_SPLIT.split(self.text)) if self.text else ()

    @property
    def keyword(self) -> str:
        """The first word, or ""."""
        return _SPLIT.split(self.text, maxsplit=1)[0]

    @property
    def rest(self) -> str:
        """What follows the first word."""
        return self.text[len(self.keyword) :].lstrip(_BLANKS)

    @property
    def lists_names(self) -> bool:
        """Whether this is an auto, allow-CLASS or similar line."""
        return self.keyword in _NAME_LISTS or (self.keyword.startswith("allow-") and len(self.keyword) > 6)

    @property
    def includes(self) -> bool:
        """Whether this is a source or source-directory line (ifup: any word that begins with `source-dir`)."""
        return self.keyword == "source" or self.keyword.startswith("source-dir")

    @property
    def begins_stanza(self) -> bool:
        """Whether lines below this one are no longer options of a stanza above."""
        return self.keyword in ("iface", "mapping") or self.lists_names or self.includes


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a stanza. `index` is its place in `Interfaces.statements`."""

    index: int
    name: str
    value: str

    @property
    def is_command(self) -> bool:
        """Whether the value is a command: up, down and their relatives."""
        return self.name in _COMMANDS


@dataclass(frozen=True, slots=True)
class Iface:
    """An iface stanza. `index` is the place of its first line in `Interfaces.statements`."""

    index: int
    name: str
    family: str
    method: str
    inherits: str | None
    options: tuple[Option, ...]

    def get(self, option: str) -> str | None:
        """Return the value of an option; several lines of it are joined by newlines, as ifup does."""
        values = [each.value for each in self.options if each.name == option]
        return "\n".join(values) if values else None


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping stanza: which physical names it matches, and its script."""

    index: int
    patterns: tuple[str, ...]
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Interfaces:
    """The file, one logical line after the other. Edits are in `guestfix.formats.interfaces_edit`."""

    statements: tuple[Statement, ...]

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.encode("".join(statement.raw for statement in self.statements))

    @property
    def ifaces(self) -> tuple[Iface, ...]:
        """The iface stanzas, in order; those that ifup cannot read are left out."""
        found = []
        for index, options in self._stanzas("iface"):
            header = _iface_words(self.statements[index].words)
            if header:
                found.append(Iface(index, *header, options))
        return tuple(found)

    @property
    def mappings(self) -> tuple[Mapping, ...]:
        """The mapping stanzas, in order."""
        return tuple(
            Mapping(index, self.statements[index].words[1:], options)
            for index, options in self._stanzas("mapping")
        )

    def names(self, keyword: str) -> tuple[str, ...]:
        """Return the names and patterns on all lines with `keyword`: "auto", "allow-hotplug", "rename", ..."""
        return tuple(
            word for statement in self.statements if statement.keyword == keyword for word in statement.words[1:]
        )

    @property
    def auto(self) -> tuple[str, ...]:
        """What is brought up at boot; `allow-auto` is the same as `auto`."""
        return self.names("auto") + self.names("allow-auto")

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """What is included: ("source", pattern) or ("source-directory", path), relative to this file's folder."""
        return tuple(
            ("source" if statement.keyword == "source" else "source-directory", statement.rest)
            for statement in self.statements
            if statement.includes and statement.rest
        )

    @property
    def not_understood(self) -> tuple[NotUnderstood, ...]:
        """Lines for which ifup refuses the file, with the number of their first line."""
        found: list[NotUnderstood] = []
        number = 1
        stanza = ""
        for statement in self.statements:
            if statement.text:
                if why := _complaint(statement, stanza):
                    found.append(NotUnderstood(number, statement.text, why))
                if statement.begins_stanza:
                    stanza = statement.keyword
            number += len(statement.lines)
        return tuple(found)

    def _stanzas(self, keyword: str) -> Iterable[tuple[int, tuple[Option, ...]]]:
        start: int | None = None
        options: list[Option] = []
        for index, statement in enumerate(self.statements):
            if not statement.text:
                continue
            if not statement.begins_stanza:
                options.append(Option(index, statement.keyword, statement.rest))
                continue
            if start is not None:
                yield start, tuple(options)
            start = index if statement.keyword == keyword else None
            options = []
        if start is not None:
            yield start, tuple(options)


def parse(data: bytes) -> Interfaces:
    """Return the model of an interfaces file. Raises TooLarge."""
    statements: list[Statement] = []
    open_lines: list[Line] = []
    for line in text_lines.split(data, "interfaces"):
        starts_comment = not open_lines and line.text.lstrip(_BLANKS).startswith("#")
        open_lines.append(line)
        if line.text.endswith("\\") and line.ending == "\n" and not starts_comment:
            continue
        statements.append(Statement(tuple(open_lines)))
        open_lines = []
    if open_lines:
        statements.append(Statement(tuple(open_lines)))
    return Interfaces(tuple(statements))


def _iface_words(words: tuple[str, ...]) -> tuple[str, str, str, str | None] | None:
    """Return name, family, method and template of an iface line; None when ifup cannot read it."""
    if len(words) < 4:
        return None
    name, rest = words[1], words[2:]
    at = rest.index("inherits") if "inherits" in rest[:3] else None
    before = rest[:2] if at is None else rest[:at]
    if at is not None and at + 1 >= len(rest):
        return None
    inherits = rest[at + 1] if at is not None else None
    return name, before[0] if before else "", before[1] if len(before) > 1 else "", inherits


def _complaint(statement: Statement, stanza: str) -> str:
    if statement.keyword == "iface":
        return "" if _iface_words(statement.words) else "an iface line needs a name, a family and a method"
    if statement.begins_stanza:
        return ""
    if stanza not in ("iface", "mapping"):
        return "an option outside of an iface or mapping stanza"
    if stanza == "mapping" and statement.keyword not in ("script", "map"):
        return "a mapping knows only script and map"
    return "" if statement.rest else "an option without a value"
