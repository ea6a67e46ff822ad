from __future__ import annotations

from collections.abc import Callable

from guestfix.changes import Finding
from guestfix.report.findings_text import findings_page
from guestfix.report.plain import plain


def test_errors_come_first_and_evidence_is_escaped(
    findings: tuple[Finding, ...], golden: Callable[[str, str], None]
) -> None:
    golden("findings.txt", plain(findings_page(findings)))


def test_findings_of_one_severity_keep_their_order(findings: tuple[Finding, ...]) -> None:
    first = findings[0]
    second = first.model_copy(update={"message": "Another."})
    text = plain(findings_page((first, second)))
    assert text.index(first.message) < text.index("Another.")


def test_no_findings_are_no_text() -> None:
    assert plain(findings_page(())) == ""
