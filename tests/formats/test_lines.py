from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix.formats import lines
from guestfix.formats.errors import ValueNotWritable
from guestfix.formats.lines import Line


@given(st.binary())
def test_split_and_join_are_inverse(data: bytes) -> None:
    assert lines.join(lines.split(data, "test")) == data


def test_only_lf_and_crlf_end_a_line() -> None:
    text = "a\rb\x0b\x0c\x85\u2028c\r\nd\ne"
    assert lines.split(text.encode(), "test") == (
        Line("a\rb\x0b\x0c\x85\u2028c", "\r\n"),
        Line("d", "\n"),
        Line("e", ""),
    )


def test_an_empty_file_has_no_lines_and_a_newline_is_one_empty_line() -> None:
    assert lines.split(b"", "test") == ()
    assert lines.split(b"\n", "test") == (Line("", "\n"),)


def test_closing_the_last_line_uses_the_endings_of_the_file() -> None:
    assert lines.join(lines.closed(lines.split(b"a\r\nb", "test"))) == b"a\r\nb\r\n"
    assert lines.join(lines.closed(lines.split(b"b", "test"))) == b"b\n"


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b", "\ud800"])
def test_what_cannot_stand_in_a_line_is_refused_and_shown_escaped(value: str) -> None:
    with pytest.raises(ValueNotWritable) as caught:
        lines.one_line(value, "fstab")
    assert value not in str(caught.value)
    assert caught.value.code == "GF-FORMAT-VALUE"


def test_a_byte_that_was_no_utf8_may_be_written_again() -> None:
    assert lines.encode(lines.one_line(lines.decode(b"\xff", "test"), "fstab")) == b"\xff"
