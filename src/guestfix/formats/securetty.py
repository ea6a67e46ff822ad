"""/etc/securetty: the terminals on which root may log in, one a line (securetty(5))."""

from __future__ import annotations

from dataclasses import dataclass

from guestfix.formats import lines as text_lines
from guestfix.formats.lines import Line


@dataclass(frozen=True, slots=True)
class Securetty:
    """The file, line by line."""

    lines: tuple[Line, ...]

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.join(self.lines)

    @property
    def terminals(self) -> tuple[str, ...]:
        """The terminals in order; what follows `#` is a comment."""
        texts = (line.text.partition("#")[0].strip() for line in self.lines)
        return tuple(text for text in texts if text)

    def with_terminal(self, name: str) -> Securetty:
        """Return the file with a terminal, at the end if it is not there. Raises ValueNotWritable."""
        if name in self.terminals:
            return self
        added = Line(text_lines.one_line(name, "securetty"), text_lines.ending_of(self.lines))
        return Securetty((*text_lines.closed(self.lines), added))


def parse(data: bytes) -> Securetty:
    """Return the model of a securetty file. Raises TooLarge."""
    return Securetty(text_lines.split(data, "securetty"))
