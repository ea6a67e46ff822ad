"""resolv.conf(5): a keyword and its values, one a line; `#` or `;` in the first column begins a comment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from guestfix.formats import lines as text_lines
from guestfix.formats.lines import Line


@dataclass(frozen=True, slots=True)
class ResolvConf:
    """The file, line by line."""

    lines: tuple[Line, ...]

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.join(self.lines)

    def values(self, keyword: str) -> Iterator[tuple[int, str]]:
        """Yield line number and value of every line with `keyword`."""
        for number, line in enumerate(self.lines, 1):
            words = line.text.split(maxsplit=1)
            if len(words) > 1 and words[0] == keyword:
                yield number, words[1].strip()


def parse(data: bytes) -> ResolvConf:
    """Return the model of a resolv.conf. Raises TooLarge."""
    return ResolvConf(text_lines.split(data, "resolv.conf"))
