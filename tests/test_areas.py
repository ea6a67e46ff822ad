"""The answer area by area: what facts say, and what a finding of each severity makes of it."""

from __future__ import annotations

import pytest

from guestfix.areas import Area, area_of, areas
from guestfix.changes import Decision, Finding, Severity
from guestfix.data import builtin_rules
from guestfix.facts.collect import collect
from guestfix.facts.model import Facts, Unknown
from guestfix.guest.memory import MemoryGuest
from guestfix.plan import Plan
from guestfix.rules.targets import load_targets

TARGETS = load_targets([builtin_rules()])
ROOT_ONLY = Unknown(unknown="a mounted root was given, and no disks")
SSHD = {
    "/usr/sbin/sshd": "\x7fELF libwrap.so.0",
    "/etc/rc2.d/S02ssh": "",
    "/etc/ssh/sshd_config": "PermitRootLogin yes\n",
    "/etc/passwd": "root:x:0:0::/root:/bin/bash\n",
    "/etc/shadow": "root:$6$a$b:1::::::\n",
    "/etc/os-release": "ID=debian\nVERSION_ID=12\n",
}


def facts(**files: str) -> Facts:
    return collect(MemoryGuest(SSHD | files), ROOT_ONLY, tuple(TARGETS.values())).facts


def told(found: Facts, *findings: Finding) -> dict[str, Area]:
    plan = Plan(target="kvm", changes=(), findings=findings, rules=(), identity="0" * 64)
    return {area.name: area for area in areas(found, plan, TARGETS["kvm"], ())}


def finding(code: str, severity: Severity) -> Finding:
    return Finding(code=code, severity=severity, message="the matter", why="x", remedy="x")


def test_somebody_can_log_in_and_no_firewall_is_started() -> None:
    found = told(facts())
    assert found["login"].expected is True
    assert found["login"].why == "openssh on port 22 starts; root can log in"
    assert (found["firewall"].expected, found["firewall"].why) == (True, "none is started")


@pytest.mark.parametrize(
    ("files", "area"),
    [
        ({"/etc/hosts.deny": "ALL: ALL\n"}, "login"),
        ({"/etc/shadow": "root:!:1::::::\n"}, "login"),
        ({"/etc/ssh/sshd_config": "ListenAddress 127.0.0.1\nPermitRootLogin yes\n"}, "login"),
        (
            {"/etc/rc2.d/S01iptables": "", "/etc/sysconfig/iptables": "*filter\n:INPUT DROP [0:0]\nCOMMIT\n"},
            "firewall",
        ),
    ],
)
def test_what_keeps_everybody_out_is_bad(files: dict[str, str], area: str) -> None:
    assert told(facts(**files))[area].expected is False


def test_a_warning_makes_a_good_outlook_doubtful_and_an_error_bad() -> None:
    warned = told(facts(), finding("GF-REACHABILITY-SSH-PORT", Severity.WARNING))["login"]
    assert warned.expected == Unknown(unknown="the matter")
    assert warned.findings == ("GF-REACHABILITY-SSH-PORT",)
    assert told(facts(), finding("GF-ROOM-PLAN", Severity.ERROR))["room"].expected is False
    assert told(facts(), finding("GF-OS-LICENCE", Severity.INFO))["system"].expected is True


def test_what_the_policy_waives_is_left_out() -> None:
    decision = Decision(reason="CHG-1", policy="p.yaml:2", was=Severity.ERROR)
    waived = finding("GF-OS-REFUSED", Severity.ERROR).model_copy(update={"waived": decision})
    assert told(facts(), waived)["system"] == told(facts())["system"]


def test_a_code_that_nobody_knows_is_in_some_area() -> None:
    assert area_of("GF-SITE-BACKUP") == "state"
    assert area_of("GF-WINDOWS-FIREWALL-SHUT") == "firewall"
    assert area_of("GF-REACHABILITY-FIREWALL-SOME") == "firewall"
