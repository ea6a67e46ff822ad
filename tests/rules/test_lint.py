"""What is allowed and still should not be."""

from __future__ import annotations

from typing import Any

from guestfix.rules.lint import lint

GOOD = """\
summary: Add a line
settings: {line: {default: x, summary: s}}
do:
  - edit: /a
    as: lines
    steps: [{append: {line: "${setting.line}"}}]
examples:
  - name: it is added
    before: {/a: ""}
    after: {/a: "x\\n"}
  - name: it is there
    before: {/a: "x\\n"}
    unchanged: already
"""


def test_a_good_rule_has_nothing_to_be_said_of(build: Any) -> None:
    assert lint(build(a=GOOD)) == []


def test_all_that_should_be_better(build: Any) -> None:
    rules = build(
        a=f"""\
summary: {"long " * 20}.
settings: {{line: {{default: x, summary: s}}}}
when: 1 == 1
do:
  - silent:
    when: not false
examples:
  - name: a
    before: {{}}
    unchanged: x
"""
    )
    assert [str(problem) for problem in lint(rules)] == [
        "a.yaml:1:10: the summary ends in a full stop: it is a line of a list",
        "a.yaml:1:10: the summary is longer than 80 characters",
        "a.yaml:2:12: the setting `line` is used by no rule",
        "a.yaml:3:7: this condition never changes: leave it out, or the whole item",
        "a.yaml:6:11: this condition never changes: leave it out, or the whole item",
        "a.yaml:8:3: no example in which the rule does anything",
    ]


def test_mistakes_in_examples_are_found_here(build: Any) -> None:
    rules = build(
        a="""\
summary: x
do: [{silent: }]
given: {facs: {}}
examples:
  - {name: a, before: {}, unchanged: x}
  - {name: a, before: {etc: x}, unchanged: x}
  - {name: b, before: {/a: {text: a, symlink: b}, /b: {base64: "?"}, /c: {mode: "999", text: x}}, unchanged: x}
  - {name: c, before: {}}
  - {name: d, before: {}, after: {/a: x}, unchanged: x}
  - {name: e, before: {}, unchangd: x, unchanged: x}
"""
    )
    assert [str(problem) for problem in lint(rules)] == [
        "a.yaml:3:9: unknown key `facs` (did you mean facts?)",
        "a.yaml:6:5: another example, in line 5, has the same name",
        "a.yaml:6:24: a path inside a guest begins with `/`",
        "a.yaml:7:28: `/a`: a file is one of text, base64, initramfs, hive and symlink",
        "a.yaml:7:64: `base64`: not base64: Only base64 data is allowed",
        "a.yaml:7:81: `mode`: String should match pattern '^0?[0-7]{3}$'",
        "a.yaml:8:5: it expects nothing: it needs `after`, `findings` or `unchanged`",
        "a.yaml:9:5: `unchanged` and `after` exclude each other",
        "a.yaml:10:27: unknown key `unchangd` (did you mean unchanged?)",
    ]
