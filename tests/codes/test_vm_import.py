"""docs/vm-import.md: every code and file in it exists, and no check is left out of it."""

from __future__ import annotations

import re
from pathlib import Path

from guestfix.codes.model import catalogue
from guestfix.codes.of_rules import of_rules
from guestfix.codes.of_source import of_source
from guestfix.operations import Knowledge

CODE = re.compile(r"\bGF(?:-[A-Z0-9]+)+\b")
WITHOUT_A_PART = {
    "GF-LINUX-FILE-NAME",
    "GF-OS-IMAGE-BASED",
    "GF-OS-REPORT-ONLY",
    "GF-OS-UKI",
    "GF-OS-UNKNOWN",
    "GF-OS-UNKNOWN-PARTS",
}
"""What guestfix itself cannot do; VM Import has nothing of the kind."""


def named(project: Path) -> str:
    return (project / "docs" / "vm-import.md").read_text()


def test_every_code_exists(project: Path) -> None:
    known = {each.code for each in catalogue((*of_rules(Knowledge.load().rules), *of_source()))}
    assert set(CODE.findall(named(project))) <= known


def test_every_check_has_its_place(project: Path) -> None:
    checks = "\n".join(path.read_text() for path in sorted((project / "rules" / "checks").rglob("*.yaml")))
    checks += (project / "rules/windows/checks.yaml").read_text() + (
        project / "rules/windows/advice.yaml"
    ).read_text()
    codes = set(re.findall(r"\bcode: (GF-[A-Z0-9-]+)", checks))
    assert codes - set(CODE.findall(named(project))) == WITHOUT_A_PART


def test_every_file_exists(project: Path) -> None:
    for path in re.findall(r"`((?:tests|rules)/[^`*]+)`", named(project)):
        assert (project / path).is_file(), path
