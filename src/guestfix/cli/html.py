"""Writing a report as an HTML page."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from pathlib import Path

from guestfix.data import builtin_data
from guestfix.errors import UsageError
from guestfix.report.html import html
from guestfix.report.page import Page


class HtmlNotWritten(UsageError):
    """The HTML page could not be written where it was wanted."""

    code = "GF-HTML-NOT-WRITTEN"


def write_html(path: Path, title: str, pages: Mapping[str, Page]) -> None:
    """Write the pages into the file `path`, which is replaced. Raises HtmlNotWritten."""
    text = html(
        title, dict(pages), templates=builtin_data() / "templates", version=importlib.metadata.version("guestfix")
    )
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise HtmlNotWritten(
            f"{path} cannot be written: {error.strerror}",
            hint="name a file in a folder that exists and is writable",
        ) from error
