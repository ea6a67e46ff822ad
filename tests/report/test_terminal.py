from __future__ import annotations

import io
import re

from rich.cells import cell_len
from rich.console import Console

from guestfix.facts.model import Facts
from guestfix.report.facts_text import facts_page
from guestfix.report.page import Line, Page, Verbatim, say, verbatim
from guestfix.report.plain import plain
from guestfix.report.terminal import show

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def printed(page: Page, *, terminal: bool, width: int) -> str:
    stream = io.StringIO()
    show(
        Console(file=stream, force_terminal=terminal, width=width, color_system="standard", legacy_windows=False),
        page,
    )
    return stream.getvalue()


def test_a_pipe_gets_the_plain_text_whatever_its_width(debian: Facts) -> None:
    page = facts_page(debian)
    assert printed(page, terminal=False, width=20) == printed(page, terminal=False, width=300) == plain(page)


def test_a_terminal_gets_colours_and_no_line_wider_than_it(debian: Facts) -> None:
    text = printed(facts_page(debian), terminal=True, width=100)
    lines = COLOUR.sub("", text).splitlines()
    assert COLOUR.search(text)
    assert max(cell_len(line) for line in lines) <= 100


def test_a_wide_terminal_shows_the_same_lines_as_a_pipe(debian: Facts) -> None:
    page = facts_page(debian)
    text = COLOUR.sub("", printed(page, terminal=True, width=400))
    assert [line.split() for line in text.splitlines()] == [line.split() for line in plain(page).splitlines()]


def test_a_narrow_terminal_folds_and_loses_nothing(debian: Facts) -> None:
    lines = COLOUR.sub("", printed(facts_page(debian), terminal=True, width=80)).splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("  /dev/sda1"))
    assert "".join(line.split()[-1] for line in lines[first : first + 3]) == "d3b6f0a2-6f1e-4f0c-8d0b-2f6b7a1f1c11"


def test_guest_text_is_neither_markup_nor_an_escape_sequence(hostile: Facts) -> None:
    text = printed(facts_page(hostile), terminal=True, width=1000)
    bare = COLOUR.sub("", text)
    assert "\x1b" not in bare
    assert "\u202e" not in bare
    assert r"\x1b[2J[red]\u202egnp.exe[/red]<script>" in bare


def test_smileys_in_guest_text_stay_as_they_are() -> None:
    assert ":smile:" in printed((Line(say(":smile: 10.0.0.1")),), terminal=True, width=80)


def test_lines_of_a_file_are_not_wrapped() -> None:
    long = "x" * 500
    text = printed((Verbatim((verbatim(long, limit=1000),)),), terminal=True, width=40)
    assert long in text


def test_wide_characters_keep_columns_in_line() -> None:
    assert plain((Line(say("日本")),)) == "日本\n"
