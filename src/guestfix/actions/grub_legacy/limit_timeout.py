"""`limit_timeout`: bound the seconds that GRUB 0.97 waits, for its menu and for a key on one of its terminals."""

from __future__ import annotations

import re

from pydantic import Field

from guestfix.changes import Note
from guestfix.formats.grub_legacy import GrubLegacy
from guestfix.rules.action import Edited, Params, Scope, Step

_NUMBER = re.compile("-?[0-9]{1,9}")
_TERMINAL_TIMEOUT = re.compile(r"--timeout=([0-9]{1,9})(?![^ \t])")


class LimitTimeout(Params):
    """How long GRUB may wait."""

    at_most: int = Field(ge=0, description="Seconds; a menu without a timeout waits for ever, and gets one")
    because: str = Field(default="", description="The reason, for the plan")


def run(document: GrubLegacy, params: LimitTimeout, scope: Scope, path: str) -> Edited[GrubLegacy]:
    """Return the menu that waits no longer; shorter waits stay.

    `terminal serial console` asks for a key on both before anything else, and waits for ever without `--timeout`
    (GRUB manual 0.97, terminal).
    """
    because = f": {params.because}" if params.because else ""
    notes: list[Note] = []
    edited = document
    value = document.get("timeout")
    if document.entries and _too_long(value, params.at_most):
        was = f"{value} seconds" if value and not value.startswith("-") else "for ever"
        edited = edited.with_setting("timeout", str(params.at_most))
        notes.append(Note(text=f"the menu waited {was}, and waits {params.at_most} seconds{because}"))
    terminal = edited.get("terminal")
    bounded = _bounded(terminal, params.at_most) if terminal is not None else None
    if bounded != terminal and bounded is not None:
        edited = edited.with_setting("terminal", bounded)
        notes.append(Note(text=f"GRUB asks for a key on its terminals for {params.at_most} seconds{because}"))
    return Edited(edited, tuple(notes), why_not="the menu waits no longer than it may")


def _too_long(value: str | None, at_most: int) -> bool:
    if value is None:
        return True
    return bool(_NUMBER.fullmatch(value)) and not 0 <= int(value) <= at_most


def _bounded(terminal: str, at_most: int) -> str:
    match = _TERMINAL_TIMEOUT.search(terminal)
    if match:
        longer = int(match[1]) > at_most
        return f"{terminal[: match.start(1)]}{at_most}{terminal[match.end(1) :]}" if longer else terminal
    devices = [word for word in terminal.split() if not word.startswith("--")]
    return f"--timeout={at_most} {terminal}" if len(devices) > 1 else terminal


ACTION = Step(summary="Bound the seconds that the menu waits", params=LimitTimeout, run=run)
