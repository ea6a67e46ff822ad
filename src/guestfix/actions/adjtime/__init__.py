"""/etc/adjtime as rules see it: three lines, hwclock(8), of which the third says how the clock counts."""

from __future__ import annotations

from guestfix.formats import lines
from guestfix.formats.lines import Line
from guestfix.rules.action import Format


def _parse(data: bytes) -> tuple[Line, ...]:
    return lines.split(data, "adjtime")


FORMAT = Format(summary="/etc/adjtime, hwclock(8)", parse=_parse, render=lines.join)
