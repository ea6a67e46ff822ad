from __future__ import annotations

import difflib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix.report.diff import BRIEF, COMPARED, FULL, Limits, unified
from guestfix.report.page import text_of


def diff(before: bytes | None, after: bytes | None, limits: Limits = FULL) -> list[str]:
    return [text_of(line) for line in unified(before, after, limits)]


def test_one_line_in_the_middle() -> None:
    before = b"1\n2\n3\n4\n5\n6\n7\n8\n9\n"
    assert diff(before, before.replace(b"5", b"five")) == [
        "@@ -2,7 +2,7 @@", " 2", " 3", " 4", "-5", "+five", " 6", " 7", " 8",
    ]  # fmt: skip


def test_the_same_twice_is_no_line() -> None:
    assert diff(b"a\nb", b"a\nb") == []
    assert diff(b"", b"") == []


def test_a_new_file() -> None:
    assert diff(None, b"a\nb\n") == ["@@ -0,0 +1,2 @@", "+a", "+b"]


def test_a_file_that_becomes_empty() -> None:
    assert diff(b"a\n", b"") == ["@@ -1 +0,0 @@", "-a"]


def test_a_missing_newline_at_the_end_is_said_on_the_side_that_misses_it() -> None:
    assert diff(b"a\nb", b"a\nb\n") == ["@@ -1,2 +1,2 @@", " a", "-b", "\\ No newline at end of file", "+b"]
    assert diff(b"a\n", b"a\nb") == ["@@ -1 +1,2 @@", " a", "+b", "\\ No newline at end of file"]


def test_crlf_everywhere_is_said_once() -> None:
    assert diff(b"a\r\nb\r\n", b"a\r\nc\r\n") == [
        "(every line ends in CRLF)", "@@ -1,2 +1,2 @@", " a", "-b", "+c",
    ]  # fmt: skip
    assert diff(b"a\r\nb", b"a\r\nc")[0] == "(every line ends in CRLF)"


def test_a_change_of_line_ends_is_seen() -> None:
    assert diff(b"a\r\n", b"a\n") == ["@@ -1 +1 @@", "-a\\x0d", "+a"]


def test_tabs_stay_and_everything_else_that_is_not_printable_is_escaped() -> None:
    assert diff(b"", b"a\tb\x1b[31m\xff\xe2\x80\xae\x0b\n") == ["@@ -0,0 +1 @@", "+a\tb\\x1b[31m\\xff\\u202e\\x0b"]


def test_other_unicode_line_ends_are_no_line_ends() -> None:
    assert diff(b"", "a\u2028b\x85c\n".encode()) == ["@@ -0,0 +1 @@", "+a\\u2028b\\x85c"]


def test_binary_content_is_not_printed() -> None:
    assert diff(b"a\0b", b"a\0bc") == ["binary content: 3 bytes becomes 4 bytes"]
    assert diff(None, b"\0" * 2048) == ["binary content: nothing becomes 2 KiB"]


def test_long_lines_and_long_diffs_are_cut_unless_asked_for() -> None:
    limits = Limits(lines=3, columns=5)
    assert diff(None, b"123456789\n" * 10, limits) == [
        "@@ -0,0 +1,10 @@",
        "+1234…",
        "+1234…",
        "(8 more lines not shown)",
    ]
    assert len(diff(None, b"x" * 1000 + b"\n", BRIEF)[1]) < 300
    assert diff(None, b"x" * 1000 + b"\n", FULL)[1] == "+" + "x" * 1000


def test_one_line_of_a_ten_megabyte_file_is_found_quickly() -> None:
    before = b"".join(b"option %d\n" % number for number in range(700_000))
    after = before.replace(b"option 350000\n", b"option changed\n")
    start = time.monotonic()
    assert "+option changed" in diff(before, after)
    assert time.monotonic() - start < 20


def test_more_differences_than_are_compared_become_one_replacement() -> None:
    before = b"top\n" + b"a\n" * (COMPARED + 1) + b"end\n"
    lines = diff(before, before.replace(b"a", b"b"))
    assert lines[0] == f"@@ -1,{COMPARED + 3} +1,{COMPARED + 3} @@"
    assert lines.count("-a") == lines.count("+b") == COMPARED + 1
    assert (lines[1], lines[-1]) == (" top", " end")


@pytest.mark.parametrize("spread", [10, COMPARED * 2])
def test_the_line_numbers_are_those_of_the_whole_file(spread: int) -> None:
    lines = [b"%d\n" % number for number in range(1, 10_001)]
    changed = list(lines)
    changed[4999] = b"x\n"
    changed[4999 + spread] = b"y\n"
    assert diff(b"".join(lines), b"".join(changed))[0].startswith("@@ -4997,")


texts = st.lists(st.sampled_from([b"a", b"b", b"c", b""]), max_size=40).map(b"\n".join)


@given(texts, texts)
def test_the_diff_is_true(before: bytes, after: bytes) -> None:
    """Whatever is cut away before the comparison, the patch must be true: it turns `before` into `after`."""
    assert patched(before, diff(before, after)) == after


def patched(before: bytes, lines: list[str]) -> bytes:
    """Apply a unified diff, as patch(1) does, checking every context and removed line."""
    old = before.decode().splitlines(keepends=True)
    new: list[str] = []
    position = 0
    body = [line for line in lines if not line.startswith("(")]
    for number, line in enumerate(body):
        if line.startswith("@@"):
            start = line.split()[1].removeprefix("-").split(",")
            first = int(start[0]) - (0 if start[1:] == ["0"] else 1)
            new += old[position:first]
            position = first
        elif line.startswith("\\"):
            continue
        else:
            bare = body[number + 1 : number + 2] == ["\\ No newline at end of file"]
            text = line[1:] + ("" if bare else "\n")
            if line[0] in " -":
                assert old[position] == text
                position += 1
            if line[0] in " +":
                new.append(text)
    return "".join(new + old[position:]).encode()


def test_small_files_are_compared_as_difflib_does() -> None:
    before, after = b"a\nb\nc\n", b"a\nc\nd\n"
    theirs = difflib.unified_diff(before.decode().splitlines(), after.decode().splitlines(), lineterm="")
    assert diff(before, after) == list(theirs)[2:]
