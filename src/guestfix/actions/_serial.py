"""Serial consoles of a target, shared by the actions that let people log in there."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CONSOLE = re.compile(r"(tty(?:S|AMA)[0-9]{1,3})(?:,([0-9]{1,9}).*)?")


def serial_lines(consoles: Sequence[str]) -> list[tuple[str, str]]:
    """Return terminal and speed of the values of console= that are serial lines: `ttyS0,115200n8` and the like."""
    found = [_CONSOLE.fullmatch(console) for console in consoles]
    return [(match[1], match[2] or "115200") for match in found if match]
