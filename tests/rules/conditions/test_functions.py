"""The functions, on texts that a hostile guest would choose."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix.facts.model import Unknown
from guestfix.rules.conditions.condition import Compiler
from guestfix.rules.conditions.functions import numbers_of, pattern_mistake


@pytest.mark.parametrize(
    ("version", "least", "expected"),
    [
        ("5.10.0-21-amd64", "4.15", True),
        ("5.10.0-21-amd64", "5.10", True),
        ("5.9.16", "5.10", False),
        ("12", "12.0", True),
        ("7.10", "7.9", True),
        ("7", "7.4", False),
    ],
)
def test_versions_compare_by_number(version: str, least: str, expected: bool) -> None:
    assert (numbers_of(version) >= numbers_of(least)) is expected


@given(st.text(max_size=50))
def test_no_version_crashes(version: str) -> None:
    numbers_of(version)


def test_a_version_without_numbers_is_unknown(world: Any) -> None:
    world.facts = world.facts.model_copy(update={"os": world.facts.os.model_copy(update={"version": "sid"})})
    found = Compiler({}).condition('version_at_least(os.version, "7")').holds(world)
    assert found == Unknown(unknown="sid does not begin with a number")


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a|aa)+b",
        "(aa?)+b",
        "a*a*a*b",
        "a{1,}b*.+c",
        "(a*)*$",
        "(?:a+b?)*",
        r"([a-z]+\s*)+x",
        "((a|b)+)+",
        "(a{2,})*",
        "((a+)b)*",
        "(",
        "a{99999999999}",
        "[z-a]",
        "(?x)a # )",
    ],
)
def test_patterns_that_can_take_for_ever_are_refused(pattern: str) -> None:
    assert pattern_mistake(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^ifcfg-.+\.bak$",
        r"(^|\s)console=tty1(\s|$)",
        "(ab)+c",
        r"a+(b)c*",
        r"\(a+\)+",
        "[(+)*]+x",
        "(a{3})+",
        "(?i)x+",
    ],
)
def test_patterns_that_people_write_are_taken(pattern: str) -> None:
    assert pattern_mistake(pattern) == ""


def test_the_worst_pattern_that_is_taken_ends_on_the_worst_text(world: Any) -> None:
    world.facts = world.facts.model_copy(update={"os": world.facts.os.model_copy(update={"name": "a" * 1024})})
    began = time.process_time()
    assert Compiler({}).condition('matches(os.name, "a*a*b")').holds(world) is False
    assert time.process_time() - began < 5


def test_a_long_text_is_not_searched(world: Any) -> None:
    hostile = "a" * 5000
    world.facts = world.facts.model_copy(update={"os": world.facts.os.model_copy(update={"name": hostile})})
    began = time.monotonic()
    found = Compiler({}).condition('matches(os.name, "a*a*b")').holds(world)
    assert time.monotonic() - began < 1
    assert isinstance(found, Unknown)
    assert "longer than 1024 characters" in found.unknown


def test_matches_finds_anywhere_and_anchors_hold(world: Any) -> None:
    compiler = Compiler({})
    assert compiler.condition('matches(os.name, "ebi")').holds(world) is True
    assert compiler.condition('matches(os.name, "^ebi")').holds(world) is False
