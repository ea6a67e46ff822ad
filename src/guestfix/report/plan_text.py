"""A plan that reads like a pull request: what was found, what would change and why, and nothing written yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guestfix.changes import Outcome, RuleOutcome
from guestfix.plan import Plan
from guestfix.report.change_text import change_section
from guestfix.report.diff import BRIEF, FULL
from guestfix.report.findings_text import findings_page
from guestfix.report.page import Block, Column, Line, Page, Section, Table, Words, say
from guestfix.report.wording import counted, short


def plan_page(plan: Plan, guest: str, *, verbose: bool = False, applying: bool = False) -> Page:
    """Return the page on `plan`; `guest` names its guest for people, such as `web1.vmdk`.

    `verbose` shows long diffs whole, and why each other rule does nothing; `applying`: it may be carried out next,
    or refused.
    """
    title = say("Plan", "strong") + say(f" for {guest} on {plan.target}")
    limits = FULL if verbose else BRIEF
    return (
        Section(title, (Line(say(_tally(plan))),)),
        *_titled("Findings", findings_page(plan.findings)),
        *_titled("Changes", tuple(change_section(change, limits) for change in plan.changes)),
        *_idle(plan.rules, verbose=verbose),
        Line(closing(plan, applying=applying)),
    )


def closing(plan: Plan, *, applying: bool = False) -> Words:
    """Return the last line: how much would be done, that nothing is yet, and what the plan is called."""
    identity = say(f" Plan {short(plan.identity)}.", "dim")
    if not plan.changes:
        return say(f"Nothing to change for {plan.target}; {_findings(plan)}.", "strong") + identity
    return say(_tally(plan) + ("." if applying else ". Nothing has been written."), "strong") + identity


def _tally(plan: Plan) -> str:
    return f"{counted(len(plan.changes), 'change')}, {_findings(plan)}"


def _findings(plan: Plan) -> str:
    return counted(len(plan.findings), "finding") if plan.findings else "no findings"


def _titled(title: str, body: Page) -> Page:
    return (Section(say(title), body),) if body else ()


def _idle(rules: Sequence[RuleOutcome], *, verbose: bool) -> Iterator[Block]:
    idle = [rule for rule in rules if rule.outcome is not Outcome.CHANGES]
    if not idle:
        return
    if not verbose:
        rest = counted(len(idle), "other rule does", "other rules do")
        yield Line(say(f"{rest} nothing here; --verbose says why.", "dim"))
        return
    rows = tuple((say(rule.rule), say(rule.outcome.value), say(rule.why, limit=400)) for rule in idle)
    yield Section(say("Rules that do nothing"), (Table((Column("rule"), Column("outcome"), Column("why")), rows),))
