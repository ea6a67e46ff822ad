"""`${...}` in parameters: typed when the rule is loaded, evaluated for each guest."""

from __future__ import annotations

from typing import Any

import pytest

from guestfix.facts.model import Unknown
from guestfix.rules import interpolation
from guestfix.rules.conditions.condition import Compiler, ConditionInvalid
from guestfix.rules.conditions.types import INTEGER, TEXT, list_of
from guestfix.rules.errors import ValueDoesNotFit


def value(text: str, world: Any) -> object:
    read = interpolation.parse(text, Compiler({"timeout": INTEGER, "drivers": list_of(TEXT)}))
    return read if isinstance(read, str) else read.value(world)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("$5 }", "$5 }"),
        ("$${x}", "${x}"),
        ("a $${b} ${os.family}", "a ${b} linux"),
        ("${boot.timeout}", 5),
        ("${ boot.timeout }s", "5s"),
        ("${os.family}${os.version}", "linux12"),
        ("${os.like}", ("ubuntu",)),
        ("${firmware.bios}", True),
        ("is ${firmware.bios}", "is true"),
        ("[${boot.installed_on}]", "[]"),
        ("${count(volumes, true)} volumes", "2 volumes"),
        ("""${os.family == "}"}""", False),
        ("${setting.drivers}", ("a", "b")),
        ("${os.init}", Unknown(unknown="no os-release")),
        ("x ${os.init}", Unknown(unknown="no os-release")),
    ],
)
def test_what_text_becomes(text: str, expected: object, world: Any) -> None:
    assert value(text, world) == expected


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("a ${os.famly}", 7, "did you mean family?"),
        ("a ${os.family", 2, "this `${` has no `}`"),
        ("${}", 2, "the condition is empty"),
        ("${kernels}", 2, "a list of Kernel cannot stand in text"),
        ("x${os.like}", 3, "a list of text cannot stand in text"),
        ("${os}", 2, "an OperatingSystem cannot stand in text"),
    ],
)
def test_a_mistake_inside_has_its_place_in_the_whole_text(text: str, at: int, said: str) -> None:
    with pytest.raises(ConditionInvalid) as caught:
        interpolation.parse(text, Compiler({}))
    [mistake] = caught.value.mistakes
    assert mistake.at == at
    assert said in mistake.message


RULE = """\
summary: x
do:
  - edit: /a
    as: lines
    steps:
      - append: {line: "${os.name}", times: "${boot.timeout}", words: "${os.like}"}
"""


def test_parameters_are_checked_again_with_the_values_of_the_guest(build: Any, world: Any) -> None:
    [rule] = build(a=RULE).rules
    parameters = rule.do[0].steps[0].parameters
    values = parameters.values(world)
    assert (values.line, values.times, values.words) == ("Debian", 5, ("ubuntu",))
    for hostile in ("two\nlines", "", "lone \udc80"):
        system = world.facts.os.model_copy(update={"name": hostile})
        world.facts = world.facts.model_copy(update={"os": system})
        with pytest.raises(ValueDoesNotFit) as caught:
            parameters.values(world)
        assert caught.value.hint == "see a.yaml, line 6"


def test_an_unknown_value_makes_the_parameters_unknown(build: Any, world: Any) -> None:
    [rule] = build(a=RULE.replace("os.name", "os.init")).rules
    assert rule.do[0].steps[0].parameters.values(world) == Unknown(unknown="no os-release")
