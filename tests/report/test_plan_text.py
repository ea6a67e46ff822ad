from __future__ import annotations

from collections.abc import Callable

import pytest

from guestfix.changes import Change, Extended, Finding, Outcome, RuleOutcome, Whole
from guestfix.plan import Plan, identity_of
from guestfix.report.diff import BRIEF
from guestfix.report.plain import plain
from guestfix.report.plan_text import plan_page

IDLE = (
    RuleOutcome(rule="linux/netplan", outcome=Outcome.NOT_APPLICABLE, why="netplan is not installed"),
    RuleOutcome(rule="linux/grub", outcome=Outcome.NOTHING, why="root is named by UUID already"),
    RuleOutcome(rule="linux/ntp", outcome=Outcome.SKIPPED, why="--skip linux/ntp"),
)


def planned(changes: tuple[Change, ...] = (), findings: tuple[Finding, ...] = (), *, idle: bool = True) -> Plan:
    busy = tuple(
        RuleOutcome(rule=rule, outcome=Outcome.CHANGES, why="see the change")
        for change in changes
        for rule in change.rules
    )
    return Plan(
        target="ec2-nitro",
        changes=changes,
        findings=findings,
        rules=busy + (IDLE if idle else ()),
        identity=identity_of("ec2-nitro", changes),
    )


@pytest.mark.parametrize("verbose", [False, True])
def test_a_plan_reads_like_a_pull_request(
    changes: tuple[Change, ...], findings: tuple[Finding, ...], golden: Callable[[str, str], None], verbose: bool
) -> None:
    name = "plan-verbose.txt" if verbose else "plan.txt"
    golden(name, plain(plan_page(planned(changes, findings), "web1.vmdk", verbose=verbose)))


def test_nothing_to_change_is_one_sentence() -> None:
    text = plain(plan_page(planned(idle=False), "web1.vmdk"))
    last = text.splitlines()[-1]
    assert last.startswith("Nothing to change for ec2-nitro; no findings. Plan ")
    assert "Nothing has been written" not in text


def test_the_last_line_says_that_nothing_has_been_written(changes: tuple[Change, ...]) -> None:
    plan = planned(changes[:1])
    assert plain(plan_page(plan, "web1.vmdk")).splitlines()[-1] == (
        f"1 change, no findings. Nothing has been written. Plan {plan.identity[:12]}."
    )


def test_before_apply_nothing_is_promised_for_it_may_be_refused(changes: tuple[Change, ...]) -> None:
    plan = planned(changes[:1])
    last = plain(plan_page(plan, "web1.vmdk", applying=True)).splitlines()[-1]
    assert last == f"1 change, no findings. Plan {plan.identity[:12]}."


def test_a_long_diff_is_cut_unless_verbose() -> None:
    lines = b"".join(b"line %d\n" % number for number in range(BRIEF.lines * 3))
    change = Change(path="/etc/long", rules=("a",), reason="r", before=None, after=Whole(data=lines))
    last = f"+line {BRIEF.lines * 3 - 1}"
    brief, whole = (plain(plan_page(planned((change,)), "x", verbose=verbose)) for verbose in (False, True))
    assert "more lines not shown" in brief
    assert last not in brief
    assert last in whole


def test_a_hostile_name_and_listing_are_text(changes: tuple[Change, ...]) -> None:
    change = changes[3].model_copy(update={"after": Extended(tail=b"", listing=("+ \x1b[2J[red]\u202e",))})
    text = plain(plan_page(planned((change,)), "\x1b]0;title\x07"))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert r"+ \x1b[2J[red]\u202e" in text
