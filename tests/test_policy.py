"""A policy waives, raises and lowers, for as long as it says, and its mistakes are told by line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from guestfix import operations
from guestfix.changes import Finding, Severity
from guestfix.cli.main import app
from guestfix.policy import Policy, PolicyInvalid, load
from guestfix.report.findings_text import findings_page
from guestfix.report.plain import plain
from guestfix.sources import RootDirectory

FINDING = Finding(
    code="GF-OS-X", severity=Severity.ERROR, message="something is so", why="it matters", remedy="mend it"
)
DAY = date(2026, 11, 25)


def policy(tmp_path: Path, *entries: str) -> Policy:
    path = tmp_path / "policy.yaml"
    path.write_text("findings:\n" + "".join(f"  - {entry}\n" for entry in entries))
    return load(path)


def test_a_waived_error_no_longer_stands_in_the_way_and_says_why(tmp_path: Path) -> None:
    made = policy(tmp_path, "{code: GF-OS-*, do: waive, reason: CHG-7, until: 2026-11-25}")
    (found,) = made.applied([FINDING], "kvm", DAY)
    assert found.waived is not None
    assert (found.waived.reason, found.waived.was) == ("CHG-7", Severity.ERROR)
    assert not found.stands_in_the_way
    text = plain(findings_page([found]))
    assert "error, waived: something is so [GF-OS-X]" in text
    assert f"CHG-7 ({tmp_path}/policy.yaml:2 until 2026-11-25; error without it)" in text


def test_on_the_day_after_it_ends_it_does_nothing_and_says_so(tmp_path: Path) -> None:
    made = policy(tmp_path, "{code: GF-OS-X, do: waive, reason: CHG-7, until: 2026-11-24}")
    found = made.applied([FINDING], "kvm", DAY)
    assert [finding.code for finding in found] == ["GF-OS-X", "GF-POLICY-EXPIRED"]
    assert found[0].stands_in_the_way
    assert found[1].evidence[0].line == 2


def test_the_first_that_fits_holds_and_a_target_may_be_named(tmp_path: Path) -> None:
    made = policy(
        tmp_path,
        "{code: GF-OS-X, target: ec2-*, do: info, reason: small, until: 2099-01-01}",
        "{code: GF-OS-X, do: warning, reason: large, until: 2099-01-01}",
    )
    assert made.applied([FINDING], "ec2-nitro", DAY)[0].severity is Severity.INFO
    lowered = made.applied([FINDING], "kvm", DAY)[0]
    assert lowered.severity is Severity.WARNING
    assert lowered.adjusted is not None
    assert lowered.waived is None


def test_a_finding_that_nobody_decided_on_is_the_same(tmp_path: Path) -> None:
    made = policy(tmp_path, "{code: GF-NET-*, do: waive, reason: r, until: 2099-01-01}")
    assert made.applied([FINDING], "kvm", DAY) == (FINDING,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("findings:\n  - {code: GF-OS-X, do: wave, reason: r, until: 2099-01-01}\n", ":2:25: `do` should be"),
        ("findings:\n  - {code: GF-OS-X, do: waive, until: 2099-01-01}\n", ":2:5: `reason` is missing"),
        ("findings:\n  - {code: GF-OS-X, do: waive, reason: r}\n", ":2:5: `until` is missing"),
        ("findings:\n  - {code: GF-OS-X, do: waive, reason: r, until: soon}\n", ":2:"),
        ("findings:\n  - {code: GF-OS-X, do: waive, reason: r, until: 2099-01-01, by: me}\n", "unknown key `by`"),
        (
            "findings:\n  - {code: GF-NO-X, do: waive, reason: r, until: 2099-01-01}\n",
            "no finding has the code GF-NO-X",
        ),
        ("[", "not YAML"),
    ],
)
def test_mistakes_are_told_by_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    with pytest.raises(PolicyInvalid) as caught:
        load(path, ["GF-OS-X"])
    assert said in caught.value.message


def test_no_file_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(PolicyInvalid, match="No such file"):
        load(tmp_path / "absent.yaml")


def guest_with_a_share(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/fstab").write_text("//server/share /data cifs defaults 0 0\n")
    (root / "etc/os-release").write_text("ID=debian\nVERSION_ID=12\n")
    return root


def test_raised_findings_refuse_and_waivers_are_journalled(tmp_path: Path) -> None:
    root = guest_with_a_share(tmp_path)
    file = tmp_path / "policy.yaml"
    file.write_text("findings: [{code: GF-LINUX-FSTAB-DISABLED, do: error, reason: no, until: 2099-01-01}]\n")
    arguments = ["--root", str(root), "--target", "kvm", "--policy", str(file)]
    only = ["--only", "linux/fstab"]
    assert CliRunner().invoke(app, ["plan", *arguments, *only]).exit_code == 1
    refused = CliRunner().invoke(app, ["apply", *arguments, *only])
    assert isinstance(refused.exception, operations.FindingsRefuse)
    file.write_text("findings: [{code: GF-LINUX-FSTAB-*, do: waive, reason: CHG-9, until: 2099-01-01}]\n")
    assert CliRunner().invoke(app, ["plan", *arguments, *only]).exit_code == 0
    knowledge = operations.Knowledge.load(only=["linux/fstab"])
    done = operations.apply(
        RootDirectory(root), "kvm", knowledge=operations.Knowledge(knowledge.rules, knowledge.targets, load(file))
    )
    assert done.journal is not None
    kept = done.journal.model_dump_json()
    assert "CHG-9" in kept
    assert '"waived"' in kept


def test_a_kernel_that_nobody_knows_is_a_warning_that_a_policy_may_waive(tmp_path: Path) -> None:
    root = guest_with_a_share(tmp_path)
    (root / "boot").mkdir()
    (root / "boot/vmlinuz-6.6.1-web1").write_bytes(b"x")
    knowledge = operations.Knowledge.load(only=["checks/os/custom-kernel"])
    [found] = operations.plan(RootDirectory(root), "kvm", knowledge=knowledge).findings
    assert (found.code, found.severity) == ("GF-OS-CUSTOM-KERNEL", Severity.WARNING)
    assert not found.stands_in_the_way
    waiving = policy(tmp_path, "{code: GF-OS-CUSTOM-KERNEL, do: waive, reason: CHG-3, until: 2099-01-01}")
    known = operations.Knowledge(knowledge.rules, knowledge.targets, waiving)
    [found] = operations.plan(RootDirectory(root), "kvm", knowledge=known).findings
    assert found.waived is not None
    assert found.waived.reason == "CHG-3"
