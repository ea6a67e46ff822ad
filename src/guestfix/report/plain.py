"""A page as plain text: the same everywhere, no colours, no lines drawn, nothing wrapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from guestfix.report.page import Block, Column, Fields, Line, Page, Section, Table, Verbatim, Words, text_of

INDENT = "  "
GAP = "  "


def plain(page: Page) -> str:
    """Return `page` as text that ends in a newline, or as nothing when it is empty."""
    return "".join(line.rstrip(" ") + "\n" for line in lines_of(page))


def lines_of(page: Page) -> Iterator[str]:
    """Yield the lines of `page` without their newlines; an empty line parts a section from what is above it."""
    for above, block in zip((None, *page), page, strict=False):
        if parted(above, block):
            yield ""
        match block:
            case Line(words):
                yield text_of(words)
            case Fields(rows):
                yield from _fields(rows)
            case Table(columns, cells):
                yield from _table(columns, cells)
            case Verbatim(lines):
                yield from (text_of(line) for line in lines)
            case Section(title, body):
                yield text_of(title)
                yield from (INDENT + line if line else "" for line in lines_of(body))


def parted(above: Block | None, below: Block) -> bool:
    """Return whether an empty line belongs between two blocks of a page."""
    return above is not None and (isinstance(above, Section) or isinstance(below, Section))


def _fields(rows: Sequence[tuple[str, Words]]) -> Iterator[str]:
    width = max((cell_len(name) for name, _ in rows), default=0)
    for name, value in rows:
        yield _padded(name, width) + GAP + text_of(value)


def _table(columns: Sequence[Column], rows: Sequence[Sequence[Words]]) -> Iterator[str]:
    grid = [[column.heading for column in columns], *([text_of(cell) or "-" for cell in row] for row in rows)]
    widths = [max(cell_len(line[index]) for line in grid) for index in range(len(columns))]
    for line in grid:
        yield GAP.join(
            _padded(cell, width, right=column.right)
            for cell, width, column in zip(line, widths, columns, strict=True)
        )


def _padded(text: str, width: int, *, right: bool = False) -> str:
    space = " " * (width - cell_len(text))
    return space + text if right else text + space
