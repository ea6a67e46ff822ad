"""Everything that is wrong with a rule is found when it is loaded, in its place, at once."""

from __future__ import annotations

from typing import Any

import pytest

from guestfix.rules.errors import RulesInvalid

GOOD = """\
summary: Drop what is not wanted
why: because
settings:
  words: {type: list, default: [cifs], summary: Words}
when: os.family == "linux"
do:
  - edit: [/etc/fstab, "/etc/fstab.d/*.conf", "${boot.files}", "/etc/${os.hostname}"]
    as: lines
    when: known(os.family)
    steps:
      - drop: {where: 'any(words, it in setting.words)', because: no}
      - append: {line: "root ${os.root} $${x}", times: "${boot.timeout}", words: "${os.like}"}
  - finding:
      code: GF-TEST-ONE
      severity: warning
      message: "${os.name} has ${boot.timeout} seconds"
      why: w
      remedy: r
    when: boot.timeout > 3
"""


def problems(build: Any, text: str) -> list[str]:
    with pytest.raises(RulesInvalid) as caught:
        build(linux__x=text)
    return [str(problem) for problem in caught.value.problems]


def test_a_rule_that_says_all_that_a_rule_can_say(build: Any) -> None:
    rules = build(linux__x=GOOD)
    [rule] = rules.rules
    assert (rule.id, rule.summary, len(rule.do)) == ("linux/x", "Drop what is not wanted", 2)
    assert rules.values == {"words": ("cifs",)}


BAD = """\
summary: x
wen: true
settings:
  grub_timeout: {type: integer, default: 5, minimum: 9, summary: Seconds}
  Bad: {default: a, summary: s}
when: os.famly == "linux" and
   boot.timeout == "x"
do:
  - edit: etc/fstab
    as: linse
    steps:
      - drop: {because: x}
  - edit: /etc/fstab
    as: lines
    when: exists("x")
    steps:
      - dropp: {}
      - drop: {where: 'txet in ["cifs"]', because: 5, foo: 1}
      - append: {line: "${os.nam} ${volumes}", times: "${os.name}"}
      - append: {words: 5}
      - {drop: {}, append: {}}
      - drop
  - findng: {}
  - finding: {code: x, severity: warn, message: a, why: b}
    wen: true
  - write: {path: /a, content: b, because: c}
    when: 5
examples:
  - name: foo
    before: {}
"""


def test_all_mistakes_of_a_file_are_said_at_once_each_in_its_place(build: Any) -> None:
    assert problems(build, BAD) == [
        "linux/x.yaml:2:1: unknown key `wen` (did you mean when?)",
        "linux/x.yaml:4:17: `grub_timeout`: the default does not fit: it is at least 9",
        "linux/x.yaml:5:3: `Bad` is no name: a-z, 0-9 and _, a letter first",
        "linux/x.yaml:6:10: `os` has no `famly` (did you mean family?)",
        "linux/x.yaml:7:20: `boot.timeout` is an integer, and this is text",
        "linux/x.yaml:9:11: a path inside a guest begins with `/`",
        "linux/x.yaml:10:9: unknown format `linse` (did you mean lines?)",
        "linux/x.yaml:15:18: a path inside a guest begins with `/`",
        "linux/x.yaml:17:9: `lines` has no step `dropp` (did you mean drop?)",
        "linux/x.yaml:18:24: nothing is called `txet` (did you mean text?)",
        "linux/x.yaml:18:52: `because` should be a valid string",
        "linux/x.yaml:18:55: unknown key `foo`: there is where, because",
        "linux/x.yaml:19:30: `os` has no `nam` (did you mean name?)",
        "linux/x.yaml:19:37: a list of Volume cannot stand in text: name one of its parts",
        "linux/x.yaml:19:55: `times` takes an integer, and this is text",
        "linux/x.yaml:20:17: `line` is missing",
        "linux/x.yaml:20:25: `words` should be a list",
        "linux/x.yaml:21:9: a step is one name with its parameters, `name: {...}`",
        "linux/x.yaml:22:9: `steps` should be a mapping",
        "linux/x.yaml:23:5: unknown verb `findng` (did you mean finding?)",
        "linux/x.yaml:25:5: an item of `do` is one of edit, finding, write, move_aside, extend, silent, "
        "with an optional `when`",
        "linux/x.yaml:27:11: `when` should be a condition, which is text",
        "linux/x.yaml:29:3: no example in which the rule does nothing, with `unchanged: REASON`",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- examples: a\n", "r.yaml:1:1: a mapping is expected here"),
        ("'examples:'\n", "a mapping is expected here"),
        ("summary: x\n", "`do` is missing"),
        ("summary: x\ndo: []\n", "1"),
        ("summary: x\ndo: 5\n", "`do` should be a list"),
        ("summary: x\ndo: [5]\n", "`do` should be a mapping"),
        ("summary: x\ndo: [{}]\n", "an item of `do` is one of"),
        ("summary: x\ndo: [{edit: 5, as: lines, steps: [{drop: }]}]\n", "`edit` should be"),
        ("summary: x\ndo: [{edit: '${boot.timeout}', as: lines, steps: [{drop: }]}]\n", "a path is text"),
        ("summary: x\ndo: [{edit: '/${os', as: lines, steps: [{drop: }]}]\n", "this `${` has no `}`"),
        ("summary: x\ndo: [{edit: /a, steps: [{drop: }]}]\n", "`as` is missing"),
        ("summary: x\ndo: [{edit: /a, as: lines, steps: []}]\n", "`steps`"),
        ("summary: x\nsettings: [a]\ndo: [{silent: }]\n", "`settings` should be a mapping"),
        (
            "summary: x\nsettings: {a: {default: 1.5, summary: s, type: integer}}\ndo: [{silent: }]\n",
            "does not fit",
        ),
        ("summary: x\nwhen: os.family = 'linux'\ndo: [{silent: }]\n", ":2:17: `= 'linux'` is not understood here"),
        ("summary: x\nwhen: setting.a == 1\ndo: [{silent: }]\n", "`setting` has no `a`"),
    ],
)
def test_odd_files_are_refused_and_crash_nothing(build: Any, text: str, said: str) -> None:
    found = problems(build, text)
    assert any(said in problem.replace("linux/x.yaml", "r.yaml") for problem in found), found


@pytest.mark.parametrize(
    ("examples", "said"),
    [
        ("examples: []\n", "`examples`"),
        ("examples: [{name: a, before: {}, after: {}}]\n", "no example in which the rule does nothing"),
        ("examples: [{name: a, before: {}, unchanged: x, findings: [A]}]\n", "no example in which"),
    ],
)
def test_a_rule_without_an_example_of_doing_nothing_is_none(build: Any, examples: str, said: str) -> None:
    found = problems(build, "summary: x\ndo: [{silent: }]\n" + examples)
    assert any(said in problem for problem in found), found


def test_a_rule_may_use_the_setting_of_another(build: Any) -> None:
    declares = "summary: x\nsettings: {a: {default: 1, type: integer, summary: s}}\ndo: [{silent: }]\n"
    rules = build(linux__b=declares, linux__a="summary: y\nwhen: setting.a == 1\ndo: [{silent: }]\n")
    assert [rule.id for rule in rules.rules] == ["linux/a", "linux/b"]


def test_a_setting_has_one_meaning(build: Any) -> None:
    declares = "summary: x\nsettings: {a: {default: 1, type: integer, summary: s}}\ndo: [{silent: }]\n"
    with pytest.raises(RulesInvalid) as caught:
        build(a=declares, b=declares)
    said = "b.yaml:2:12: the setting `a` is declared by a already: a name has one meaning"
    assert [str(problem) for problem in caught.value.problems] == [said]
    assert caught.value.message.startswith("1 mistake in rule files:\nb.yaml:2:12")
