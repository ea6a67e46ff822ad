"""Rules, their settings, and what became of their examples, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from guestfix.report.page import Block, Column, Line, Page, Section, Table, Verbatim, Words, say, verbatim
from guestfix.report.wording import counted
from guestfix.rules.errors import Problem
from guestfix.rules.rule import Rule
from guestfix.rules.runner import Result
from guestfix.rules.settings import Setting

LONG = 4096
"""Characters of a line that are shown."""


def rules_page(rules: Sequence[Rule]) -> Page:
    """Return one line for each rule."""
    rows = tuple((say(rule.id, "strong"), say(rule.summary)) for rule in rules)
    return (Table((Column("rule"), Column("what it does")), rows),)


def settings_page(settings: Mapping[str, Setting]) -> Page:
    """Return one line for each setting."""
    rows = tuple(
        (say(name, "strong"), say(_value(setting)), say(setting.summary)) for name, setting in settings.items()
    )
    return (Table((Column("setting"), Column("default"), Column("what it is")), rows),)


def rule_page(rule: Rule) -> Page:
    """Return one rule: its sentence, its reason, and its file."""
    source = rule.node.source
    body: list[Block] = []
    if rule.why:
        body.append(Line(say(rule.why, limit=LONG)))
    body.append(Line(say(source.path, "dim", limit=LONG)))
    body.append(Verbatim(tuple(verbatim(line, limit=LONG) for line in source.lines)))
    return (Section(say(rule.id, "strong") + say(f"  {rule.summary}"), tuple(body)),)


def problems_page(problems: Sequence[Problem]) -> Page:
    """Return the problems of rules, one a line, or that there are none."""
    if not problems:
        return (Line(say("The rules are in order.", "good")),)
    return tuple(Line(say(str(problem), "bad", limit=LONG)) for problem in problems)


def results_page(results: Sequence[Result], *, verbose: bool = False) -> Page:
    """Return what became of examples: failures in full, the rest as a count unless `verbose`."""
    return (*_results(results, verbose=verbose), Line(_tally(results)))


def _results(results: Sequence[Result], *, verbose: bool) -> Iterator[Block]:
    for result in results:
        if result.failures:
            title = say(f"{result.path}:{result.line}: ", "dim", limit=LONG) + say(result.example, "bad")
            lines = (line for failure in result.failures for line in failure.splitlines())
            yield Section(title, (Verbatim(tuple(verbatim(line, limit=LONG) for line in lines)),))
        elif verbose:
            yield Line(say("ok ", "good") + say(f"{result.rule}: {result.example}"))


def _tally(results: Sequence[Result]) -> Words:
    failed = sum(1 for result in results if result.failures)
    text = f"{counted(len(results), 'example')}, {failed} failed"
    return say(text, "bad" if failed else "good")


def _value(setting: Setting) -> str:
    value = setting.default
    return ",".join(value) if isinstance(value, tuple) else str(value)
