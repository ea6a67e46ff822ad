"""The page of codes is complete, current and findable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from guestfix.cli.main import app
from guestfix.codes.generate import generated
from guestfix.codes.model import CodeUnknown, Explanation, catalogue, find
from guestfix.codes.of_rules import of_rules
from guestfix.codes.of_source import of_source
from guestfix.operations import Knowledge

SAID_BY_VM_IMPORT = (
    "ClientError: Invalid configuration - Could not read fstab",
    "ClientError: Unsupported configuration - Multiple directories found",
    "ClientError: Unsupported configuration - Logical volume group activation failed",
    "Client.Unsupported: No bootable partition found",
    "ClientError: Footers not identical",
    "ClientError: Uncompressed data has invalid length",
    "ERROR: File uses unsupported compression algorithm 0",
    "Parameter disk-image-size=0 has an invalid format",
    "ClientError: Booter Networking failure/instance not reachable. Please retry after installation of .Net "
    "framework 3.5 SP1 or greater.",
    "FirstBootFailure: This import request failed because the Windows instance failed to boot and establish "
    "network connectivity.",
    "Unsupported kernel version",
    "Unable to determine kernel version.",
    "BLSC-style GRUB found, but unable to detect default kernel",
    "Multiple different grub/menu.lst files found.",
    "Unknown OS / Missing OS files.",
    "Unable to find an etc directory with fstab.",
    "No valid partitions. Not a valid volume.",
    "Disk validation failed",
)
"""What its user guide lists under troubleshooting (2020), and what public threads quoted since."""

NO_CODES = {"GF-AREA-WHAT"}
"""Placeholders in documentation."""


@pytest.fixture(scope="module")
def known() -> tuple[Explanation, ...]:
    return catalogue((*of_rules(Knowledge.load().rules), *of_source()))


def test_the_generated_files_are_current(project: Path) -> None:
    stale = [
        name
        for name, text in generated().items()
        if not (project / "docs" / name).is_file() or (project / "docs" / name).read_text() != text
    ]
    assert stale == [], "run tools/docs (or make docs) and commit what it wrote"


def test_every_code_in_rules_and_source_is_explained(project: Path, known: tuple[Explanation, ...]) -> None:
    said = {
        code
        for folder, suffix in (("src", "*.py"), ("rules", "*.yaml"))
        for path in (project / folder).rglob(suffix)
        for code in re.findall(r"\bGF(?:-[A-Z0-9]+)+(?![-\w*])", path.read_text())
    }
    assert said - NO_CODES - {each.code for each in known} == set()


def test_every_code_says_what_it_means(known: tuple[Explanation, ...]) -> None:
    assert [each.code for each in known if not any(text.strip("… ") for text in each.meaning)] == []
    assert [each.code for each in known if each.kind == "finding" and not all((each.why, each.remedies))] == []


def test_no_message_of_vm_import_is_claimed_twice(known: tuple[Explanation, ...]) -> None:
    aliases = [alias for each in known for alias in each.aliases]
    assert len(aliases) == len(set(aliases))


@pytest.mark.parametrize("message", SAID_BY_VM_IMPORT)
def test_every_message_of_vm_import_leads_to_one_code(known: tuple[Explanation, ...], message: str) -> None:
    [found] = find(known, f"2026-01-01T00:00:00 import-ami-0123: {message}")
    assert message in found.aliases
    assert found.remedies or found.kind != "finding"


def test_no_alias_is_made_up(known: tuple[Explanation, ...]) -> None:
    assert {alias for each in known for alias in each.aliases} == set(SAID_BY_VM_IMPORT)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("gf-several-os", "GF-SEVERAL-OS"),
        ("Multiple directories found", "GF-SEVERAL-OS"),
        ("2026-01-01 ClientError: Unsupported configuration - Multiple directories found.", "GF-SEVERAL-OS"),
        ("could not read fstab", "GF-LAYOUT-NO-FSTAB"),
    ],
)
def test_a_code_is_found_by_itself_and_by_the_message(
    known: tuple[Explanation, ...], asked: str, code: str
) -> None:
    assert [each.code for each in find(known, asked)] == [code]


@pytest.mark.parametrize("asked", ["", "found", "GF-SEVERL-OS", "no such thing"])
def test_what_is_not_known_is_refused_with_a_hint(known: tuple[Explanation, ...], asked: str) -> None:
    with pytest.raises(CodeUnknown) as caught:
        find(known, asked)
    assert "docs/findings.md" in caught.value.hint
    assert ("did you mean GF-SEVERAL-OS?" in caught.value.message) == (asked == "GF-SEVERL-OS")


def test_explain_prints_what_to_do() -> None:
    done = CliRunner().invoke(app, ["explain", "GF-LINUX-FSTAB-UNRESOLVED"])
    assert done.exit_code == 0
    assert "fstab names disks that are not among the images" in done.stdout
    assert "give all images to guestfix" in done.stdout
