"""How we say sizes, counts, and yes, no and unknown."""

from __future__ import annotations

from guestfix.changes import Severity
from guestfix.facts.model import Unknown
from guestfix.report.page import Style, Words, say
from guestfix.untrusted import LIMIT

_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")

SEVERITY_STYLE: dict[Severity, Style] = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.INFO: "dim"}


def size(count: int) -> str:
    """Return `count` bytes in the largest unit (powers of 1024) that leaves at least one: `20 GiB`, `1.5 MiB`."""
    if count < 1024:
        return counted(count, "byte")
    value, units = count / 1024, iter(_UNITS)
    unit = next(units)
    while value >= 1023.95 and unit != _UNITS[-1]:  # 1023.95 and up would round to 1024.0 of the smaller unit
        value, unit = value / 1024, next(units)
    return f"{value:.1f}".removesuffix(".0") + f" {unit}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return `1 change`, `2 changes`; `plural` where it is not the noun with an s."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"


def known(value: str | Unknown | None, style: Style = "", *, limit: int = LIMIT) -> Words:
    """Return a fact for a person; an unknown one as `unknown`, its reason is told elsewhere."""
    if isinstance(value, Unknown):
        return say("unknown", "warn")
    return say(value or "", style, limit=limit)


def short(identity: str) -> str:
    """Return enough of a plan's identity to tell it from others."""
    return identity[:12]


def flag(value: bool | Unknown) -> Words:
    """Return yes, no or unknown, in the colour of good, bad or doubtful news."""
    if isinstance(value, Unknown):
        return say("unknown", "warn")
    return say("yes", "good") if value else say("no", "bad")


def neutral_flag(value: bool | Unknown) -> Words:
    """As `flag`, where yes is no better than no."""
    if isinstance(value, Unknown):
        return say("unknown", "warn")
    return say("yes" if value else "no")
