r"""Files of `[Section]` and `Key=value`: NetworkManager's keyfiles, and systemd's .network, .link and .netdev.

The two look alike and are read differently:

- systemd.syntax(7): `#` and `;` begin a comment; a backslash at the very end joins the next line, comments
  between are skipped; a section or a key may come twice, and each `[Address]` is one address.
- GKeyFile (the Desktop Entry Specification) with `#` alone; no continuation; a group that comes twice is one
  group, and the last of two keys wins.

Blanks around the key and before the value mean nothing in both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum

from guestfix.formats import lines as text_lines
from guestfix.formats.errors import CannotEdit
from guestfix.formats.lines import Line, NotUnderstood

DISABLED = "#guestfix# "
"""What a line begins with that was switched off, so that it can be told from the guest's own comments."""

_BLANKS = " \t\r"


class Dialect(Enum):
    """Who reads the file."""

    KEYFILE = "NetworkManager keyfile"
    UNIT = "systemd network file"

    @property
    def comments(self) -> tuple[str, ...]:
        """What begins a comment."""
        return ("#",) if self is Dialect.KEYFILE else ("#", ";")


@dataclass(frozen=True, slots=True)
class Piece:
    """One logical line: a header (`section`), an entry (`key`), or neither. `lines` is what it is made of."""

    lines: tuple[Line, ...]
    section: str | None = None
    key: str | None = None
    value: str = ""
    why: str = ""
    """What is not understood."""

    @property
    def raw(self) -> str:
        """The piece as it stands in the file."""
        return "".join(line.raw for line in self.lines)


@dataclass(frozen=True, slots=True)
class Entry:
    """A key in its section. `index` is its place in `Sections.pieces`."""

    index: int
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Section:
    """One header and the entries below it. `index` is the header's place in `Sections.pieces`."""

    index: int
    name: str
    entries: tuple[Entry, ...]

    def get(self, key: str) -> str | None:
        """Return the last value of `key` in this section."""
        return next((entry.value for entry in reversed(self.entries) if entry.key == key), None)


@dataclass(frozen=True, slots=True)
class Sections:
    """The file, one logical line after the other."""

    pieces: tuple[Piece, ...]
    dialect: Dialect

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.encode("".join(piece.raw for piece in self.pieces))

    @property
    def sections(self) -> tuple[Section, ...]:
        """Every header with its entries, in order; one name may come several times."""
        found: list[tuple[int, str, list[Entry]]] = []
        for index, piece in enumerate(self.pieces):
            if piece.section is not None:
                found.append((index, piece.section, []))
            elif piece.key is not None and found:
                found[-1][2].append(Entry(index, piece.key, piece.value))
        return tuple(Section(index, name, tuple(entries)) for index, name, entries in found)

    @property
    def not_understood(self) -> tuple[NotUnderstood, ...]:
        """Lines that their reader skips or refuses, with the number of their first line."""
        found: list[NotUnderstood] = []
        number = 1
        for piece in self.pieces:
            if piece.why:
                found.append(NotUnderstood(number, piece.raw.rstrip("\r\n"), piece.why))
            number += len(piece.lines)
        return tuple(found)

    def entries(self, section: str, key: str | None = None) -> Iterator[Entry]:
        """Yield the entries of all sections of this name, those of `key` only if one is given."""
        for each in self.sections:
            if each.name == section:
                yield from (entry for entry in each.entries if key is None or entry.key == key)

    def get(self, section: str, key: str) -> str | None:
        """Return the last value of `key` in sections of this name; None if there is none."""
        values = [entry.value for entry in self.entries(section, key)]
        return values[-1] if values else None

    def line_of(self, index: int) -> int:
        """Return the number of the line at which the piece at `index` begins."""
        return 1 + sum(len(piece.lines) for piece in self.pieces[:index])

    def comment_out(self, indexes: Collection[int]) -> Sections:
        """Return the file with the pieces at `indexes` as comments, every line of a continued one."""
        pieces: list[Piece] = []
        for index, piece in enumerate(self.pieces):
            if index in indexes:
                pieces += [Piece((Line(DISABLED + line.text, line.ending),)) for line in piece.lines]
            else:
                pieces.append(piece)
        return Sections(tuple(pieces), self.dialect)

    def with_value(self, section: str, key: str, value: str) -> Sections:
        """Return the file in which `key` ends with `value`, or itself when it does already.

        The last entry is changed in place; where there is none, one is added below the last entry of the last
        section of this name, or in a new section at the end. Raises ValueNotWritable and CannotEdit.
        """
        text_lines.one_line(value, f"a {self.dialect.value}")
        if self.get(section, key) == value:
            return self
        entries = tuple(self.entries(section, key))
        if entries:
            at = entries[-1].index
            return self._replaced(at, at + 1, (self._changed(self.pieces[at], value),))
        places = [each for each in self.sections if each.name == section]
        if not places:
            return self._appended(section, key, value)
        last = places[-1]
        at = last.entries[-1].index if last.entries else last.index
        before = self._closed(at)
        return before._replaced(at + 1, at + 1, (self._entry(key, value),))

    def _changed(self, piece: Piece, value: str) -> Piece:
        first = piece.lines[0].text
        head, _, tail = first.partition("=")
        blanks = tail[: len(tail) - len(tail.lstrip(_BLANKS))]
        line = Line(f"{head}={blanks}{value}", piece.lines[-1].ending)
        return Piece((line,), key=piece.key, value=value)

    def _entry(self, key: str, value: str) -> Piece:
        return Piece((Line(f"{key}={value}", self._ending()),), key=key, value=value)

    def _appended(self, section: str, key: str, value: str) -> Sections:
        closed = self._closed(len(self.pieces) - 1)
        blank = (Piece((Line("", self._ending()),)),) if self.pieces and self.pieces[-1].raw.strip() else ()
        header = Piece((Line(f"[{section}]", self._ending()),), section=section)
        return Sections((*closed.pieces, *blank, header, self._entry(key, value)), self.dialect)

    def _closed(self, at: int) -> Sections:
        """Return the file with a line ending on the piece at `at`, so that more can follow it."""
        if at < 0 or self.pieces[at].raw.endswith("\n"):
            return self
        piece = self.pieces[at]
        last = piece.lines[-1]
        if last.text.endswith("\\"):
            raise CannotEdit(
                f"Nothing can be added to this {self.dialect.value}: its last line ends in a backslash.",
                hint="Complete or remove the last line in the guest.",
            )
        lines = (*piece.lines[:-1], Line(last.text, self._ending()))
        return self._replaced(at, at + 1, (Piece(lines, piece.section, piece.key, piece.value, piece.why),))

    def _replaced(self, start: int, end: int, pieces: tuple[Piece, ...]) -> Sections:
        return Sections((*self.pieces[:start], *pieces, *self.pieces[end:]), self.dialect)

    def _ending(self) -> str:
        return text_lines.ending_of(self.pieces[0].lines) if self.pieces else "\n"


def parse_keyfile(data: bytes) -> Sections:
    """Return the model of a NetworkManager keyfile. Raises TooLarge."""
    return _parse(data, Dialect.KEYFILE)


def parse_unit(data: bytes) -> Sections:
    """Return the model of a systemd .network, .link or .netdev file. Raises TooLarge."""
    return _parse(data, Dialect.UNIT)


def _parse(data: bytes, dialect: Dialect) -> Sections:
    pieces: list[Piece] = []
    inside = False
    for group in _logical(text_lines.split(data, dialect.value), dialect):
        piece = _piece(group, dialect, inside=inside)
        inside = inside or piece.section is not None
        pieces.append(piece)
    return Sections(tuple(pieces), dialect)


def _logical(found: tuple[Line, ...], dialect: Dialect) -> Iterator[tuple[Line, ...]]:
    waiting: list[Line] = []
    for line in found:
        comment = line.text.lstrip(_BLANKS).startswith(dialect.comments)
        waiting.append(line)
        if dialect is Dialect.UNIT and (
            (not comment and line.text.endswith("\\")) or (comment and len(waiting) > 1)
        ):
            continue
        yield tuple(waiting)
        waiting = []
    if waiting:
        yield tuple(waiting)


def _piece(group: tuple[Line, ...], dialect: Dialect, *, inside: bool) -> Piece:
    texts = [line.text for line in group if not line.text.lstrip(_BLANKS).startswith(dialect.comments)]
    text = " ".join(each[:-1] if each.endswith("\\") and len(group) > 1 else each for each in texts).strip(_BLANKS)
    if not text:
        return Piece(group)
    if text.startswith("["):
        if text.endswith("]") and len(text) > 2:
            return Piece(group, section=text[1:-1])
        return Piece(group, why="a section header without an end")
    key, equals, value = text.partition("=")
    key = key.strip(_BLANKS)
    if not equals or not key:
        return Piece(group, why="neither a section nor a key with a value")
    if not inside:
        return Piece(group, why="a key before any section")
    return Piece(group, key=key, value=value.strip(_BLANKS))
