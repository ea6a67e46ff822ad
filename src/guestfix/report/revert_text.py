"""What `guestfix revert` says when it has ended."""

from __future__ import annotations

from collections.abc import Iterator

from guestfix.report.page import Block, Line, Page, Section, say
from guestfix.report.wording import counted
from guestfix.revert import Reverted

PATH = 4096
"""Characters of a path that are shown: all of any that a file system takes."""


def revert_page(reverted: Reverted, guest: str) -> Page:
    """Return the page on a revert of `guest`, a name for people."""
    return (Section(say(f"Reverted {guest}", "strong"), tuple(_body(reverted))),)


def _body(reverted: Reverted) -> Iterator[Block]:
    for path in reverted.restored:
        yield Line(say(path, limit=PATH) + say(" is as it was", "dim"))
    for path in reverted.removed:
        yield Line(say(path, limit=PATH) + say(" did not exist, and is gone", "dim"))
    for path in reverted.lost:
        yield Line(say(path, limit=PATH) + say(" was left as it is: its original is lost", "bad"))
    for path in reverted.directories_kept:
        yield Line(say(path, limit=PATH) + say(" stays: it holds other files by now", "warn"))
    back = len(reverted.restored) + len(reverted.removed)
    runs = counted(reverted.runs, "run")
    yield Line(say(f"{counted(back, 'file')} back as before {runs} of guestfix; no trace of it is left.", "good"))
