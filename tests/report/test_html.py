from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from guestfix.changes import Change, Finding
from guestfix.facts.model import Facts
from guestfix.report.change_text import change_section
from guestfix.report.diff import FULL
from guestfix.report.facts_text import facts_page
from guestfix.report.findings_text import findings_page
from guestfix.report.html import html

LOADS = {"src", "srcset", "data", "poster", "action", "formaction", "background"}
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Reader(HTMLParser):
    """Collects tags, addresses and text, and checks that every tag is closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in LOADS or name.startswith("on"):
                self.loads.append(f"{tag} {name}")
            if name == "href":
                self.links.append(value or "")
            if name == "id":
                self.ids.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture
def templates(project: Path) -> Path:
    return project / "templates"


def test_the_whole_page(
    debian: Facts,
    changes: tuple[Change, ...],
    findings: tuple[Finding, ...],
    templates: Path,
    golden: Callable[[str, str], None],
) -> None:
    pages = {
        "Guest": facts_page(debian),
        "Findings": findings_page(findings),
        "Changes": tuple(change_section(change, FULL) for change in changes),
    }
    golden("report.html", html("web1.vmdk", pages, templates=templates, version="0.0.0"))


def test_nothing_is_loaded_and_nothing_runs(debian: Facts, templates: Path) -> None:
    text = html("web1", {"Guest": facts_page(debian)}, templates=templates, version="0")
    page = read(text)
    assert not page.tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    assert page.loads == []
    assert page.links == ["#part1"]
    assert page.ids == ["part1"]
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_html_of_a_guest_is_text(hostile: Facts, templates: Path) -> None:
    title = "<script>alert(1)</script>\x1b\u202e"
    text = html(title, {"<b>": facts_page(hostile)}, templates=templates, version="0")
    page = read(text)
    assert not page.tags & {"script", "b"}
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert page.text.count("<script>alert(1)</script>&amp;") > 5


def test_diff_lines_carry_their_colour_and_the_text_of_a_diff_is_complete(
    changes: tuple[Change, ...], templates: Path
) -> None:
    page = (change_section(changes[0], FULL),)
    text = html("x", {"Changes": page}, templates=templates, version="0")
    assert '<span class="removed">-/dev/sda1\t/\text4\terrors=remount-ro 0 1</span>\n' in text
    assert '<span class="added">+UUID=d3b6f0a2\t/\text4\terrors=remount-ro 0 1</span>\n' in text
    assert '<span class="hunk">@@ -1,3 +1,3 @@</span>\n' in text


def test_it_is_readable_in_light_in_dark_and_on_paper(templates: Path) -> None:
    text = html("x", {}, templates=templates, version="0")
    assert "@media (prefers-color-scheme: dark)" in text
    assert "@media print" in text
