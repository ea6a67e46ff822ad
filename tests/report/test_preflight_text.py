"""What to expect of a guest on a target, in words that do not promise more than is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from guestfix.assessment import Assessment, Preflight, Verdict, assess
from guestfix.changes import Before, Change, Decision, Extended, Finding, Severity
from guestfix.data import builtin_rules
from guestfix.facts.model import Facts, Initramfs, Unknown
from guestfix.plan import Plan
from guestfix.report.plain import plain
from guestfix.report.preflight_text import preflight_page
from guestfix.rules.targets import load_targets

TARGETS = load_targets([builtin_rules()])
ERROR = Finding(
    code="GF-OS-X", severity=Severity.ERROR, message="it is too old", why="no driver", remedy="update it"
)


def plan(*findings: Finding, changes: tuple[Change, ...] = ()) -> Plan:
    return Plan(target="ec2-nitro", changes=changes, findings=findings, rules=(), identity="0" * 64)


def extending(facts: Facts) -> Change:
    image = facts.kernels[0].initramfs
    assert isinstance(image, Initramfs)
    return Change(
        path=image.path,
        rules=("linux/initramfs-tools",),
        reason="drivers",
        before=Before(size=image.size, sha256=image.sha256),
        after=Extended(tail=b"x", listing=()),
    )


def test_what_lacks_drivers_now_and_has_them_after_apply(
    debian: Facts, golden: Callable[[str, str], None]
) -> None:
    found = assess(debian, plan(changes=(extending(debian),)), TARGETS["ec2-nitro"])
    default = found.entries[0]
    assert default.starts_by_default
    assert (default.drivers, default.drivers_after, default.root, default.boots) == (False, True, True, True)
    assert found.verdict is Verdict.SUPPORTED
    golden("preflight.txt", plain(preflight_page(Preflight(assessments=(found,), facts=debian), "web1.vmdk")))


def test_without_the_change_it_is_refused_and_the_kernel_is_named(debian: Facts) -> None:
    found = assess(debian, plan(), TARGETS["ec2-nitro"])
    assert found.verdict is Verdict.REFUSED
    assert "6.1.0-18-amd64, which starts by default" in found.why


def test_an_error_refuses_and_a_waived_one_does_not(debian: Facts) -> None:
    changes = (extending(debian),)
    refused = assess(debian, plan(ERROR, changes=changes), TARGETS["ec2-nitro"])
    assert refused.verdict is Verdict.REFUSED
    assert refused.why == "it is too old [GF-OS-X]"
    decision = Decision(reason="CHG-1", policy="p.yaml:2", was=Severity.ERROR)
    waived = ERROR.model_copy(update={"waived": decision})
    assert assess(debian, plan(waived, changes=changes), TARGETS["ec2-nitro"]).verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("part", "changed"),
    [("boot", {"default": Unknown(unknown="grub.cfg is broken")}), ("os", {"family": Unknown(unknown="empty")})],
)
def test_what_is_not_known_is_unknown(debian: Facts, part: str, changed: dict[str, object]) -> None:
    facts = debian.model_copy(update={part: getattr(debian, part).model_copy(update=changed)})
    found = assess(facts, plan(changes=(extending(debian),)), TARGETS["ec2-nitro"])
    assert found.verdict is Verdict.UNKNOWN


def test_a_system_on_no_list_should_work_when_the_facts_are_good(debian: Facts) -> None:
    facts = debian.model_copy(update={"os": debian.os.model_copy(update={"distribution": "devuan"})})
    found = assess(facts, plan(changes=(extending(debian),)), TARGETS["ec2-nitro"])
    assert (found.verdict, found.why) == (
        Verdict.SHOULD_WORK,
        "it has what it needs; the target's lists: not listed",
    )


def test_several_targets_are_a_matrix(debian: Facts, golden: Callable[[str, str], None]) -> None:
    found: list[Assessment] = [assess(debian, plan(ERROR), TARGETS[name]) for name in ("ec2-nitro", "kvm")]
    golden(
        "preflight-matrix.txt", plain(preflight_page(Preflight(assessments=tuple(found), facts=debian), "web1"))
    )
