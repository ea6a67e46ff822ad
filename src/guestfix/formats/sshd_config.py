"""sshd_config(5): keywords and their arguments, one a line; keywords are read whatever their case.

Arguments may stand in double quotes, and the first may follow the keyword by `=`. `Match` begins a block that ends
at the next `Match` or with the file; what stands in one is for some connections only.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from guestfix.formats import lines as text_lines
from guestfix.formats.lines import Line, NotUnderstood

DISABLED = "#guestfix# "
"""What a line begins with that was switched off."""

_ENTRY = re.compile(r"[ \t]*([A-Za-z][A-Za-z0-9]*)(?:[ \t]*=[ \t]*|[ \t]+)(\S.*)")
_WORD = re.compile(r'"([^"]*)"|(\S+)')


@dataclass(frozen=True, slots=True)
class Entry:
    """One keyword, in lower case, and its arguments. `number` is its line, from 1."""

    number: int
    keyword: str
    arguments: tuple[str, ...]
    in_match: bool


@dataclass(frozen=True, slots=True)
class SshdConfig:
    """The file, line by line."""

    lines: tuple[Line, ...]

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.join(self.lines)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The keywords, in order."""
        found: list[Entry] = []
        in_match = False
        for number, line in enumerate(self.lines, 1):
            match = _ENTRY.match(line.text)
            if match:
                words = tuple(quoted or bare for quoted, bare in _WORD.findall(match[2]))
                keyword = match[1].lower()
                in_match = in_match or keyword == "match"
                found.append(Entry(number, keyword, words, in_match))
        return tuple(found)

    @property
    def not_understood(self) -> tuple[NotUnderstood, ...]:
        """Lines for which sshd refuses to start."""
        return tuple(
            NotUnderstood(number, line.text, "no keyword with an argument")
            for number, line in enumerate(self.lines, 1)
            if line.text.strip() and not line.text.lstrip().startswith("#") and not _ENTRY.match(line.text)
        )

    def comment_out(self, numbers: Collection[int], instead: Mapping[int, str]) -> SshdConfig:
        """Return the file with these lines as comments, and below some of them the line that takes their place.

        Raises ValueNotWritable.
        """
        lines: list[Line] = []
        for number, line in enumerate(self.lines, 1):
            lines.append(Line(DISABLED + line.text, line.ending) if number in numbers else line)
            if number in instead:
                ending = line.ending or text_lines.ending_of(self.lines)
                lines[-1] = Line(lines[-1].text, ending)
                lines.append(Line(text_lines.one_line(instead[number], "sshd_config"), ending))
        return SshdConfig(tuple(lines))


def parse(data: bytes) -> SshdConfig:
    """Return the model of an sshd_config. Raises TooLarge."""
    return SshdConfig(text_lines.split(data, "sshd_config"))
