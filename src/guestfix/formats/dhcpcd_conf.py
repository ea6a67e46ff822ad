"""dhcpcd.conf(5): an option and its values, one a line. `interface NAME` begins a block for that card alone.

A block ends at the next `interface`, `ssid` or `profile`, or with the file; blank lines do not end it. `#` and `;`
begin comments.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from guestfix.formats import lines as text_lines
from guestfix.formats.lines import Line

DISABLED = "#guestfix# "
"""What a line begins with that was switched off."""

_BLOCKS = ("interface", "ssid", "profile")


@dataclass(frozen=True, slots=True)
class Entry:
    """One option. `number` is its line, from 1; `block` the words that began its block, none outside of one."""

    number: int
    name: str
    values: tuple[str, ...]
    block: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DhcpcdConf:
    """The file, line by line."""

    lines: tuple[Line, ...]

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.join(self.lines)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The options, in order; a block's first line is in its block."""
        found: list[Entry] = []
        block: tuple[str, ...] = ()
        for number, line in enumerate(self.lines, 1):
            words = tuple(line.text.split())
            if not words or words[0].startswith(("#", ";")):
                continue
            if words[0] in _BLOCKS:
                block = words
            found.append(Entry(number, words[0], words[1:], block))
        return tuple(found)

    def comment_out(self, numbers: Collection[int]) -> DhcpcdConf:
        """Return the file with these lines as comments."""
        return DhcpcdConf(
            tuple(
                Line(DISABLED + line.text, line.ending) if number in numbers else line
                for number, line in enumerate(self.lines, 1)
            )
        )


def parse(data: bytes) -> DhcpcdConf:
    """Return the model of a dhcpcd.conf. Raises TooLarge."""
    return DhcpcdConf(text_lines.split(data, "dhcpcd.conf"))
