"""What `guestfix apply` says when it has ended: what was done, and how to take it back."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from guestfix.journal import Journal
from guestfix.report.journal_text import PATH, journal_section
from guestfix.report.page import Line, Page, say
from guestfix.report.wording import counted


def apply_page(journal: Journal | None, images: Sequence[str], *, verified: bool) -> Page:
    """Return the page on an apply; `images` name what now holds the result, as `guestfix revert` takes it.

    `journal` is None when there was nothing to do. `verified` says that `readback.verify` has found every file as
    planned; no journal tells that, so the caller must.
    """
    if journal is None:
        return (Line(say("Nothing to change, nothing was written.", "strong")),)
    read = say("each was read back and is as planned.", "good") if verified else say("not read back.", "warn")
    revert = shlex.join(["guestfix", "revert", *images])
    return (
        journal_section(journal),
        Line(say(f"{counted(len(journal.entries), 'file')} changed; ", "strong") + read),
        Line(say("To take it back: ") + say(revert, "strong", limit=PATH)),
    )
