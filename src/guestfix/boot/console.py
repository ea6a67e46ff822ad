"""The serial console's log: read as it grows, only its end kept, terminal sequences taken out."""

from __future__ import annotations

import re
from pathlib import Path

KEPT = 64 * 1024
_SEQUENCE = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|[()][A-Za-z0-9]|[=>78cDEHM])")


class SerialLog:
    """Follows one log file; `size` is how much the guest wrote in all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._end = b""
        self.size = 0

    def forget(self) -> None:
        """Drop what was said so far: the machine starts again."""
        self._end = b""

    def text(self) -> str:
        """The last lines of the console as plain text."""
        try:
            with self._path.open("rb") as log:
                log.seek(max(self.size, log.seek(0, 2) - KEPT))
                new = log.read(KEPT)
                self.size = log.tell()
        except FileNotFoundError:
            return ""
        self._end = (self._end + new)[-KEPT:]
        return plain(self._end)


def plain(output: bytes) -> str:
    """Console output without terminal sequences, one line a line whatever ended it."""
    text = _SEQUENCE.sub("", output.decode("utf-8", "replace"))
    return text.replace("\r\n", "\n").replace("\r", "\n")
