"""What a report is made of, before anybody decides whether it becomes plain text, a terminal's or HTML.

Renderers of facts, plans and verdicts return a `Page`; `plain.py`, `terminal.py` and `html.py` each show any page.
Text gets into a page by `say` or `verbatim` only, and both escape it: nothing that a guest holds can reach a
terminal or a browser as anything but printable characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from guestfix.untrusted import LIMIT, shown

Style = Literal["", "strong", "dim", "good", "warn", "bad", "added", "removed", "hunk"]


@dataclass(frozen=True)
class Span:
    """A piece of escaped text in one style. Made by `say` and `verbatim`."""

    text: str
    style: Style = ""


Words = tuple[Span, ...]


def say(text: str | bytes, style: Style = "", *, limit: int = LIMIT) -> Words:
    """Return `text`, ours or a guest's, escaped and cut to `limit` characters."""
    return (Span(shown(text, limit), style),)


def verbatim(text: str, style: Style = "", *, limit: int) -> Words:
    """Return one line of a file: as `say`, but tabs stay tabs, and `limit` counts characters before escaping."""
    cut, rest = text[:limit], text[limit:]
    pieces = (shown(piece, 10 * limit) for piece in cut.split("\t"))
    return (Span("\t".join(pieces) + ("…" if rest else ""), style),)


def text_of(words: Words) -> str:
    """Return the characters of `words` without their styles."""
    return "".join(span.text for span in words)


def joined(parts: Iterable[Words], separator: str = ", ") -> Words:
    """Return the non-empty ones of `parts` in a row with `separator` between them."""

    def pieces() -> Iterator[Span]:
        first = True
        for part in parts:
            if not text_of(part):
                continue
            if not first:
                yield Span(separator)
            first = False
            yield from part

    return tuple(pieces())


@dataclass(frozen=True)
class Column:
    """One column of a table; `right` for numbers."""

    title: str
    right: bool = False

    @property
    def heading(self) -> str:
        """The title, escaped: it may be the version of a guest's kernel."""
        return shown(self.title)


@dataclass(frozen=True)
class Line:
    """A sentence; a terminal wraps it."""

    words: Words
    kind: ClassVar[str] = "line"


@dataclass(frozen=True)
class Fields:
    """Names with their values, one a line."""

    rows: tuple[tuple[str, Words], ...]
    kind: ClassVar[str] = "fields"


@dataclass(frozen=True)
class Table:
    """Rows under column titles; every row has as many cells as there are columns."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Words, ...], ...]
    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Verbatim:
    """Lines of a file or a diff: never wrapped by us, never padded."""

    lines: tuple[Words, ...]
    kind: ClassVar[str] = "verbatim"


@dataclass(frozen=True)
class Section:
    """A title with what belongs under it."""

    title: Words
    body: Page
    kind: ClassVar[str] = "section"


Block = Line | Fields | Table | Verbatim | Section
Page = tuple[Block, ...]
