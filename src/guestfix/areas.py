"""What to expect of a guest on a target, area by area: a line of facts each, and the findings that speak of it."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final, Literal

from pydantic import Field

from guestfix.area_facts import Told, boot, firewall, login, network, room, state, system
from guestfix.boot_verdict import EntryVerdict
from guestfix.changes import Finding, Severity
from guestfix.facts.model import Facts, Flag, Model, Unknown
from guestfix.plan import Plan
from guestfix.rules.target import Target

Name = Literal["system", "boot", "network", "login", "firewall", "room", "state"]


class Area(Model):
    """One part of the answer."""

    name: Name
    expected: Flag = Field(description="After `apply`; unknown: nobody can tell, or a person decides")
    why: str = Field(description="The facts, in one line")
    findings: tuple[str, ...] = Field(description="Codes of the findings that speak of it; no waived ones")


_FINDINGS: Final[tuple[tuple[Name, tuple[str, ...]], ...]] = (
    ("room", ("GF-ROOM-*",)),
    ("firewall", ("GF-REACHABILITY-FIREWALL*", "GF-WINDOWS-FIREWALL-*")),
    ("network", ("GF-REACHABILITY-SEVERAL-CARDS", "GF-REACHABILITY-IPV6-ONLY", "GF-WINDOWS-NETWORK-*")),
    ("network", ("GF-LINUX-NETWORK-*", "GF-LINUX-DHCP-*", "GF-LINUX-RESOLV-*", "GF-LINUX-CLOUD-INIT-*")),
    ("login", ("GF-REACHABILITY-*", "GF-WINDOWS-RDP-*", "GF-WINDOWS-NO-PASSWORD", "GF-WINDOWS-NOBODY")),
    ("system", ("GF-OS-*", "GF-WINDOWS-LICENCE-*", "GF-WINDOWS-DOTNET", "GF-WINDOWS-LANGUAGE-PACKS")),
    ("boot", ("GF-LAYOUT-*", "GF-LINUX-*", "GF-INITRAMFS-*", "GF-WINDOWS-DRIVER-*", "GF-WINDOWS-FILTER-*")),
    ("boot", ("GF-WINDOWS-BCD-*", "GF-WINDOWS-FIRMWARE", "GF-WINDOWS-SIGNATURES", "GF-WINDOWS-UEFI-*")),
    ("state", ("*",)),
)
"""The first with a pattern of a finding's code is its area."""


def areas(facts: Facts, plan: Plan, target: Target, entries: Sequence[EntryVerdict]) -> tuple[Area, ...]:
    """Return every area, in the order in which a machine comes up."""
    default = next((entry for entry in entries if entry.starts_by_default), None)
    told: dict[Name, Told] = {
        "system": system(facts, target),
        "boot": boot(facts, default),
        "network": network(facts, plan, default, target),
        "login": login(facts, plan, target),
        "firewall": firewall(facts, plan, target),
        "room": room(facts),
        "state": state(facts),
    }
    standing = [finding for finding in plan.findings if finding.waived is None]
    return tuple(
        _area(name, found, [finding for finding in standing if area_of(finding.code) == name])
        for name, found in told.items()
    )


def area_of(code: str) -> Name:
    """Return the area that a finding speaks of."""
    return next(name for name, patterns in _FINDINGS if any(fnmatchcase(code, each) for each in patterns))


def _area(name: Name, told: Told, findings: Sequence[Finding]) -> Area:
    """An error makes the outlook bad, and a warning makes a good one doubtful."""
    expected = told.expected
    warning = next((finding for finding in findings if finding.severity is Severity.WARNING), None)
    if any(finding.stands_in_the_way for finding in findings):
        expected = False
    elif warning is not None and expected is True:
        expected = Unknown(unknown=warning.message)
    codes = tuple(dict.fromkeys(finding.code for finding in findings))
    return Area(name=name, expected=expected, why=told.why, findings=codes)
