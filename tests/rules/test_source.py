"""What a rule file says, and where it says it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix.rules import source
from guestfix.rules.errors import RulesInvalid


def read(text: str) -> source.Node:
    node, problems = source.read("r.yaml", text.encode())
    assert problems == []
    return node


def refused(data: bytes) -> list[str]:
    """Everything that is wrong with these bytes, whether or not something could be made of them."""
    try:
        _, problems = source.read("r.yaml", data)
    except RulesInvalid as error:
        return [str(problem) for problem in error.problems]
    return [str(problem) for problem in problems]


def test_versions_and_modes_are_text_and_counts_are_numbers() -> None:
    node = read("a: 7.4\nb: 0644\nc: 5\nd: -3\ne: '5'\nf: yes\ng: true\nh: null\ni:\nj: ~\nk: 0x10\nl: 1_000\n")
    assert node.plain() == {
        "a": "7.4",
        "b": "0644",
        "c": 5,
        "d": -3,
        "e": "5",
        "f": "yes",
        "g": True,
        "h": None,
        "i": None,
        "j": None,
        "k": "0x10",
        "l": "1_000",
    }


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "r.yaml:1:1: empty: a rule file holds a mapping"),
        (b"a: \xff", "r.yaml:1:4: not UTF-8"),
        (b"a: 1\nb: [1,\n", "r.yaml:3:1: not YAML: while parsing a flow node"),
        (b"a: {when: b in [c]}", "text that has brackets or commas stands in quotes"),
        (b"a: 1\n---\nb: 2\n", "r.yaml:2:1: a second document"),
        (b"a: &x 1\nb: *x\n", "r.yaml:1:4: anchors and aliases are not used in rules"),
        (b"a: !!python/object:os.system 1\n", "r.yaml:1:4: tags such as"),
        (b"a: 1\nb: 2\na: 3\n", "r.yaml:3:1: `a` is here twice, first in line 1"),
        (b"? [a]\n: 1\n", "r.yaml:1:3: a key must be one word or text"),
        (b"a: \x01", "not YAML"),
        (b"[" * 100_000, "nested deeper than 24"),
        (b"a: x" + b"y" * source.SIZE_LIMIT, "larger than 256 KiB"),
    ],
)
def test_what_is_no_rule_file_says_where(data: bytes, said: str) -> None:
    problems = refused(data)
    assert any(said in problem for problem in problems), problems


def test_a_billion_laughs_stay_three_problems() -> None:
    bomb = "a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]\n"
    assert len(refused(bomb.encode())) == 6


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    refused(data)


@given(st.text(alphabet="ab:{}[]\"'|>-# \n\t&*!?%,\\", max_size=80))
def test_no_yaml_crashes_the_reader(text: str) -> None:
    refused(text.encode())


@pytest.mark.parametrize(
    "written",
    [
        "key: one two X",
        "key: 'it''s X'",
        'key: "a\\tb\\x41\\u0042 X"',
        "key: |\n    one\n    two X\n",
        "key: >-\n  one\n  two\n  X\n",
        "key: one\n  two\n  X",
        "a: {key: 'b  X', c: d}",
    ],
)
def test_a_place_inside_a_text_is_the_place_in_the_file(written: str) -> None:
    node = read(written)
    value = node.find(["key"]) if "key" in node.keys else node.find(["a", "key"])
    offset = str(value.value).index("X")
    problem = value.problem_inside(offset, "here")
    assert written.split("\n")[problem.line - 1][problem.column - 1] == "X"


@given(st.text(alphabet="ab\"'\\ \n\té", max_size=30), st.integers(0, 40))
def test_no_place_is_outside_the_file(text: str, offset: int) -> None:
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'
    node = read(f"key: {quoted}\n").find(["key"])
    assert node.value == text
    problem = node.problem_inside(offset, "here")
    assert problem.line in {1, 2}
    assert problem.column >= 1
