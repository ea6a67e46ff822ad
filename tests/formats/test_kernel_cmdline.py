from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix.formats.errors import TooLarge, ValueNotWritable
from guestfix.formats.kernel_cmdline import parse_text, written_word


def test_whole_words_only() -> None:
    line = parse_text("console=tty10 xconsole=tty1 quietly console=tty1")
    assert line.remove_word("console=tty1").text == "console=tty10 xconsole=tty1 quietly"
    assert line.remove_word("quiet") is line
    assert not line.has("quiet")


@pytest.mark.parametrize(
    ("text", "key", "values"),
    [
        ("root=UUID=1=2 ro", "root", ("UUID=1=2",)),
        ('dyndbg="file a.c +p" x', "dyndbg", ("file a.c +p",)),
        ('"dyndbg=file a.c +p" x', "dyndbg", ("file a.c +p",)),
        ("a=1 b a=2", "a", ("1", "2")),
        ("quiet", "quiet", (None,)),
        ("quiet=", "quiet", ("",)),
        ("rd.lvm-lv=x", "rd.lvm_lv", ("x",)),
        ("a -- a=1", "a", (None,)),
        ('a="unclosed b', "a", ("unclosed b",)),
        ("\ta=1\n", "a", ("1",)),
        ("$kernelopts a=$x", "a", ("$x",)),
    ],
)
def test_values(text: str, key: str, values: tuple[str | None, ...]) -> None:
    line = parse_text(text)
    assert (line.text, line.values(key)) == (text, values)
    assert line.get(key) == values[-1]


@pytest.mark.parametrize(
    ("before", "key", "value", "after"),
    [
        ("ro  root=/dev/sda1 quiet", "root", "UUID=1", "ro  root=UUID=1 quiet"),
        ("a=1 b a=2", "a", "3", "a=3 b"),
        ("a=1 b a=2", "a", "1", "a=1 b"),
        ("b", "a", "1", "b a=1"),
        ("", "a", "1", "a=1"),
        ("-- init", "a", "1", "a=1 -- init"),
        ("b -- a=2", "a", "1", "b a=1 -- a=2"),
        ("b\n", "a", None, "b a\n"),
        ("b", "a", "x y", 'b a="x y"'),
        ('a="x y"', "a", "x y", 'a="x y"'),
    ],
)
def test_setting_a_key(before: str, key: str, value: str | None, after: str) -> None:
    once = parse_text(before).with_value(key, value)
    assert once.text == after
    assert once.with_value(key, value) is once


def test_adding_and_removing_words() -> None:
    line = parse_text("ro quiet")
    assert line.add("quiet") is line
    assert line.add("net.ifnames=0").text == "ro quiet net.ifnames=0"
    assert parse_text(" a b=1  c b\n").remove_key("b").text == " a  c\n"
    assert parse_text("a b").remove_word("a").text == "b"
    assert parse_text("a -- b").remove_word("a").text == " -- b"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ro", "ro console=ttyS0,115200n8"),
        ("console=tty0 ro", "console=tty0 console=ttyS0,115200n8 ro"),
        ("console=ttyS0 console=tty0", "console=tty0 console=ttyS0,115200n8"),
        ("console=tty0 x console=ttyS0,9600", "console=tty0 x console=ttyS0,115200n8"),
        ("console=ttyS0 x console=ttyS0,9600 y", "x console=ttyS0,115200n8 y"),
        ("console=tty0 console=ttyS0,115200n8", "console=tty0 console=ttyS0,115200n8"),
        ("console=ttyS01", "console=ttyS01 console=ttyS0,115200n8"),
    ],
)
def test_the_last_console(before: str, after: str) -> None:
    once = parse_text(before).with_console("ttyS0,115200n8")
    assert once.text == after
    assert once.consoles[-1] == "ttyS0,115200n8"
    assert once.with_console("ttyS0,115200n8") is once


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ro", "ro console=tty0"),
        ("console=ttyS0 ro", "console=tty0 console=ttyS0 ro"),
        ("ro console=ttyS0", "ro console=tty0 console=ttyS0"),
        ("console=tty0 console=ttyS0", "console=tty0 console=ttyS0"),
    ],
)
def test_a_console_that_need_not_be_the_last(before: str, after: str) -> None:
    assert parse_text(before).with_console("tty0", last=False).text == after


@pytest.mark.parametrize("word", ['a="b', "", "a\nb", "a\0"])
def test_words_that_the_kernel_could_not_read_are_refused(word: str) -> None:
    with pytest.raises(ValueNotWritable):
        parse_text("ro").add(word)


def test_a_line_beyond_any_kernel_is_refused() -> None:
    with pytest.raises(TooLarge):
        parse_text("a " * 40_000)


@given(st.text(st.characters(exclude_characters='"\n\r\0', exclude_categories=["Cs"]), min_size=1))
def test_a_written_word_means_what_was_asked(meaning: str) -> None:
    (word,) = parse_text(written_word(meaning)).words or (None,)
    assert meaning == "--" or (word is not None and word.meaning == meaning)


@given(st.text('ab=" \t-', max_size=20), st.sampled_from(["a", "b", "console"]))
def test_after_setting_a_key_it_is_set(text: str, key: str) -> None:
    line = parse_text(text).with_value(key, "1")
    if text.count('"') % 2 == 0:
        assert parse_text(line.text).values(key) == ("1",)
