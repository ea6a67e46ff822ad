"""A page on a terminal, in colour and fitted to its width; anywhere else, the same page as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text
from rich.theme import Theme

from guestfix.report.page import Column, Fields, Line, Page, Section, Table, Verbatim, Words, text_of
from guestfix.report.plain import parted, plain

THEME = Theme(
    {
        "strong": "bold",
        "dim": "dim",
        "good": "green",
        "warn": "yellow",
        "bad": "bold red",
        "added": "green",
        "removed": "red",
        "hunk": "cyan",
    }
)
INDENT = 2


def show(console: Console, page: Page) -> None:
    """Print `page` on `console`: styled when it is a terminal, as `plain` has it when it is not."""
    if not console.is_terminal:
        console.file.write(plain(page))
        return
    with console.use_theme(THEME):
        for item, verbatim in renderables(page):
            console.print(item, markup=False, highlight=False, emoji=False, soft_wrap=verbatim)


def renderables(page: Page, depth: int = 0) -> Iterator[tuple[RenderableType, bool]]:
    """Yield what to print, in order, each with whether it must be left unwrapped. Guest text is never markup."""
    for above, block in zip((None, *page), page, strict=False):
        if parted(above, block):
            yield Text(""), False
        match block:
            case Line(words):
                yield _indented(_text(words), depth), False
            case Fields(rows):
                yield _indented(_fields(rows), depth), False
            case Table(columns, cells):
                yield _indented(_table(columns, cells), depth), False
            case Verbatim(lines):
                for line in lines:
                    yield Text(" " * INDENT * depth).append_text(_text(line)), True
            case Section(title, body):
                yield _indented(_title(title), depth), False
                yield from renderables(body, depth + 1)


def _text(words: Words) -> Text:
    return Text.assemble(*((span.text, span.style) for span in words), overflow="fold")


def _title(words: Words) -> Text:
    text = _text(words)
    text.stylize_before("strong")
    return text


def _indented(item: RenderableType, depth: int) -> RenderableType:
    return Padding(item, (0, 0, 0, INDENT * depth), expand=False)


def _grid(*, header: bool) -> Grid:
    return Grid(box=None, show_header=header, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))


def _fields(rows: Sequence[tuple[str, Words]]) -> Grid:
    grid = _grid(header=False)
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(Text(name), _text(value))
    return grid


def _table(columns: Sequence[Column], rows: Sequence[Sequence[Words]]) -> Grid:
    grid = _grid(header=True)
    for column in columns:
        grid.add_column(
            Text(column.heading),
            justify="right" if column.right else "left",
            overflow="fold",
        )
    for row in rows:
        grid.add_row(*(_text(cell) if text_of(cell) else Text("-", "dim") for cell in row))
    return grid
