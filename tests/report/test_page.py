from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from guestfix.report.diff import BRIEF, unified
from guestfix.report.page import Column, joined, say, text_of, verbatim

NEVER = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}


def unprintable(text: str) -> set[str]:
    return {char for char in text if unicodedata.category(char) in NEVER}


@given(st.text() | st.binary())
def test_nothing_unprintable_can_be_said(text: str | bytes) -> None:
    assert unprintable(text_of(say(text))) == set()


@given(st.text())
def test_a_column_named_by_a_guest_is_escaped(text: str) -> None:
    assert unprintable(Column(text).heading) == set()


@given(st.text())
def test_a_line_of_a_file_keeps_its_tabs_and_nothing_else(text: str) -> None:
    assert unprintable(text_of(verbatim(text, limit=50))) <= {"\t"}


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_diff_of_any_bytes_is_printable(before: bytes, after: bytes) -> None:
    for line in unified(before, after, BRIEF):
        assert unprintable(text_of(line)) <= {"\t"}


def test_saying_twice_escapes_once() -> None:
    once = text_of(say("a\x1b\u202e\\x41"))
    assert text_of(say(once)) == once


def test_empty_parts_leave_no_separator() -> None:
    assert text_of(joined((say(""), say("a"), (), say("b"), say("")))) == "a, b"
