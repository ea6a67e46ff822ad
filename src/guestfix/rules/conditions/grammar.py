"""The grammar, and nothing else: text to syntax.

    condition  = conjunction { "or" conjunction }
    conjunction = negation { "and" negation }
    negation   = { "not" } comparison
    comparison = value [ ( "==" | "!=" | "<=" | "<" | ">=" | ">" | "in" | "not in" ) value ]
    value      = ( literal | list | call | name | "(" condition ")" ) { "." name | "[" condition "]" }
    call       = name "(" [ condition { "," condition } ] ")"

Text stands in single or double quotes and has no escapes, so that regular expressions read as they are meant.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import pyparsing as pp

from guestfix.rules.conditions import syntax
from guestfix.untrusted import shown

LENGTH_LIMIT: Final = 2000
"""Longest condition, in characters."""
DEPTH_LIMIT: Final = 12
"""Deepest nesting of parentheses and brackets."""

_WORDS: Final = "and|or|not|in|true|false|null"


class Mistake(Exception):
    """A condition that does not follow the grammar, and where in its text."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at
        self.message = message


def parse(text: str) -> syntax.Term:
    """Return the syntax of the condition `text`. Raises Mistake."""
    _check_bounds(text)
    try:
        term: syntax.Term = _grammar().parse_string(text, parse_all=True)[0]
    except pp.ParseBaseException as error:
        raise Mistake(_nonblank(text, error.loc), _explained(text, error)) from None
    return term


def _check_bounds(text: str) -> None:
    if len(text) > LENGTH_LIMIT:
        raise Mistake(0, f"longer than {LENGTH_LIMIT} characters")
    depth, quote = 0, ""
    for at, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "([":
            depth += 1
            if depth > DEPTH_LIMIT:
                raise Mistake(at, f"nested deeper than {DEPTH_LIMIT}")
        elif char in ")]":
            depth -= 1


def _nonblank(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _explained(text: str, error: pp.ParseBaseException) -> str:
    rest = text[_nonblank(text, error.loc) :]
    wanted = error.msg.removeprefix("Expected ").strip()
    if not text.strip():
        return "the condition is empty"
    if not rest:
        return f"the condition ends too early: {wanted} is expected"
    if rest[0] in "\"'":
        return "this quote is not closed"
    if wanted == "end of text":
        hint = ": equality is written `==`" if rest[0] == "=" else ": `and`, `or` or the end is expected"
        return f"`{shown(rest, 20)}` is not understood here{hint}"
    return f"`{shown(rest, 20)}` is not understood here: {wanted} is expected"


@cache
def _grammar() -> pp.ParserElement:
    word = pp.Regex(rf"(?!(?:{_WORDS})\b)[A-Za-z_][A-Za-z0-9_]*").set_name("a name")
    string = pp.Regex(r'"[^"\n]*"|\'[^\'\n]*\'').set_parse_action(
        lambda at, found: syntax.Literal(found[0][1:-1], at)
    )
    integer = pp.Regex(r"-?[0-9]{1,18}(?![0-9A-Za-z_.])").set_parse_action(
        lambda at, found: syntax.Literal(int(found[0]), at)
    )
    constants = {"true": True, "false": False, "null": None}
    constant = pp.Regex(r"(?:true|false|null)\b").set_parse_action(
        lambda at, found: syntax.Literal(constants[found[0]], at)
    )
    left, right = pp.Suppress("("), pp.Suppress(")")
    opening, closing = pp.Suppress("["), pp.Suppress("]")

    condition = pp.Forward()
    condition.set_name("a value")
    several = pp.Optional(condition + pp.ZeroOrMore(pp.Suppress(",") - condition))
    items = (opening - several - closing).set_parse_action(lambda at, found: syntax.Items(tuple(found), at))
    call = (word + left - several - right).set_parse_action(
        lambda at, found: syntax.Call(found[0], tuple(found[1:]), at)
    )
    name = word.copy().set_parse_action(lambda at, found: syntax.Name(found[0], at))
    group = left - condition - right
    primary = (string | integer | constant | items | call | name | group).set_name("a value")
    field = (pp.Suppress(".") - word).set_parse_action(lambda at, found: (found[0], at + 1))
    index = (opening - condition - closing).set_parse_action(lambda at, found: (found[0], at))
    value = (primary + pp.ZeroOrMore(field | index)).set_name("a value").set_parse_action(_postfix)
    operator = pp.Regex(r"==|!=|<=|>=|<|>|in\b|not\s+in\b")
    comparison = (value + pp.Optional(operator - value)).set_parse_action(_comparison)
    negation = (pp.ZeroOrMore(pp.Regex(r"not\b")) + comparison).set_parse_action(_negation)
    conjunction = (negation + pp.ZeroOrMore(pp.Suppress(pp.Regex(r"and\b")) - negation)).set_parse_action(
        lambda at, found: _junction("and", at, found)
    )
    condition <<= (conjunction + pp.ZeroOrMore(pp.Suppress(pp.Regex(r"or\b")) - conjunction)).set_parse_action(
        lambda at, found: _junction("or", at, found)
    )
    condition.parse_with_tabs()
    return condition


def _postfix(at: int, found: pp.ParseResults) -> Any:
    term, *rest = found
    for what, where in rest:
        term = syntax.Field(term, what, where) if isinstance(what, str) else syntax.Index(term, what, where)
    return term


def _comparison(at: int, found: pp.ParseResults) -> Any:
    if len(found) == 1:
        return found[0]
    left, operator, right = found
    return syntax.Comparison(left, " ".join(operator.split()), right, at)


def _negation(at: int, found: pp.ParseResults) -> Any:
    *nots, term = found
    return syntax.Not(term, at) if len(nots) % 2 else term


def _junction(word: str, at: int, found: pp.ParseResults) -> Any:
    return found[0] if len(found) == 1 else syntax.Junction(word, tuple(found), at)
