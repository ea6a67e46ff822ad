"""A page as one self-contained HTML file: no scripts, nothing loaded from elsewhere, every text escaped."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from guestfix.report.page import Page
from guestfix.untrusted import shown

TEMPLATE = "report.html.j2"


def html(title: str, pages: dict[str, Page], *, templates: Path, version: str) -> str:
    """Return the HTML of `pages`, each under its name, with a table of contents.

    `templates` is the folder that holds `report.html.j2`; `version` is that of guestfix, for the footer.
    """
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(TEMPLATE).render(title=shown(title), pages=pages, version=version)
