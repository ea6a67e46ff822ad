"""Text to syntax: what is understood, what is not, and where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix.rules.conditions import syntax
from guestfix.rules.conditions.grammar import Mistake, parse


def test_or_is_looser_than_and_which_is_looser_than_not() -> None:
    term = parse("a or not b and c")
    assert isinstance(term, syntax.Junction)
    assert term.word == "or"
    inner = term.terms[1]
    assert isinstance(inner, syntax.Junction)
    assert inner.word == "and"
    assert isinstance(inner.terms[0], syntax.Not)


def test_not_not_is_nothing_and_does_not_grow_the_stack() -> None:
    assert parse("not " * 400 + "a") == syntax.Name("a", 1600)
    assert isinstance(parse("not " * 401 + "a"), syntax.Not)


def test_not_in_is_one_operator_however_it_is_spaced() -> None:
    term = parse('a not \n in ["x"]')
    assert isinstance(term, syntax.Comparison)
    assert term.operator == "not in"


def test_names_may_begin_with_a_word_of_the_language() -> None:
    term = parse("notes == android and inner in [order]")
    assert isinstance(term, syntax.Junction)


def test_text_has_no_escapes() -> None:
    assert parse(r'"a\d\\"') == syntax.Literal(r"a\d\\", 0)
    assert parse("""'say "x"'""") == syntax.Literal('say "x"', 0)


def test_places_are_those_of_names_and_operators() -> None:
    term = parse('  os.family == "x"')
    assert isinstance(term, syntax.Comparison)
    assert isinstance(term.left, syntax.Field)
    assert (term.left.of.at, term.left.at, term.right.at) == (2, 5, 15)


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("", 0, "the condition is empty"),
        ("  ", 2, "the condition is empty"),
        ("a ==", 4, "the condition ends too early: a value is expected"),
        ("a = b", 2, "`= b` is not understood here: equality is written `==`"),
        ('a == "x', 5, "this quote is not closed"),
        ("a b", 2, "`and`, `or` or the end is expected"),
        ("a < b < c", 6, "`and`, `or` or the end is expected"),
        ("a == == b", 5, "a value is expected"),
        ("a == 1.5", 5, "a value is expected"),
        ("a.", 2, "a name is expected"),
        ("any(a, b", 8, "')' is expected"),
        ("any(a,)", 6, "a value is expected"),
        ("[1, 2", 5, "']' is expected"),
        ("(" * 13, 12, "nested deeper than 12"),
        ("a" * 2001, 0, "longer than 2000 characters"),
        ("a\t\t== ?", 6, "a value is expected"),
    ],
)
def test_a_mistake_says_where_and_what_is_expected(text: str, at: int, said: str) -> None:
    with pytest.raises(Mistake) as caught:
        parse(text)
    assert (caught.value.at, said in caught.value.message) == (at, True), caught.value.message


@given(st.text(alphabet="ab(),.[]\"' =!<>0orandnotin\n", max_size=60))
def test_no_text_crashes_the_parser(text: str) -> None:
    where = 0
    try:
        parse(text)
    except Mistake as mistake:
        where = mistake.at
    assert 0 <= where <= len(text)


def test_the_deepest_condition_allowed_is_parsed_from_a_deep_stack() -> None:
    def deep(levels: int) -> syntax.Term:
        return deep(levels - 1) if levels else parse("(" * 12 + "a" + ")" * 12)

    assert deep(100) == syntax.Name("a", 12)
