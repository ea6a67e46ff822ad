r"""The words and commands of a GRUB 2 script, with their places in the text (grub-core/script/yylex.l).

Commands end at a newline, `;`, `&`, `|`, `{` or `}`. `#` begins a comment only where a word could begin. Inside
double quotes a backslash escapes only `\`, `"` and `$`; outside any character. Variables are not expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from guestfix.formats import lines as text_lines

TOKEN_LIMIT = 200_000
"""A generated grub.cfg of a hundred kernels has some ten thousand words."""

_TOKEN = re.compile(
    r"""(?P<blank>(?:[ \t\r]|\\\n)++)
    |(?P<comment>\#[^\n]*+)
    |(?P<end>[\n;{}&|<>])
    |(?P<word>(?:[^{}|&$;<>\ \t\n\r'"\\]
        |\$\{[A-Za-z0-9_?\#*@]*+\}|\$
        |'[^']*+(?:'|\Z)
        |"(?:\\.|[^"\\])*+(?:"|\\?\Z)
        |\\.|\\\Z)++)""",
    re.VERBOSE | re.DOTALL,
)
_PART = re.compile(
    r"""'(?P<single>[^']*+)'?|"(?P<double>(?:\\.|[^"\\])*+)\\?"?|\\(?P<escaped>.)?|(?P<bare>[^'"\\]++)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE_IN_DOUBLE = re.compile(r'\\(\n|[\\"$])')


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written, at `text[start:end]`."""

    start: int
    end: int
    written: str

    @property
    def value(self) -> str:
        """The word without quotes and escapes; variables stay as `$name`."""
        return "".join(_meaning(part) for part in _PART.finditer(self.written))

    @property
    def is_closed(self) -> bool:
        """Whether every quote of the word is closed, and no backslash at its end would join the next line."""
        return all(
            part[0] != "\\"
            and (part["single"] is None or part[0].endswith("'", 1))
            and (part["double"] is None or part[0].endswith('"', 1))
            for part in _PART.finditer(self.written)
        )


@dataclass(frozen=True, slots=True)
class Command:
    """The words up to `stop`: a newline, `;`, `{`, `}` and so on, or "" at the end of the text."""

    words: tuple[Word, ...]
    stop: str

    @property
    def name(self) -> str:
        """The first word, or ""."""
        return self.words[0].written if self.words else ""


def commands(text: str) -> Iterator[Command]:
    """Yield the commands of a script, empty ones only where they end in a brace. Raises TooLarge."""
    words: list[Word] = []
    at = 0
    tokens = 0
    while match := _TOKEN.match(text, at):
        at = match.end()
        if match.lastgroup == "word":
            words.append(Word(match.start(), at, match[0]))
        elif match.lastgroup == "end":
            if words or match[0] in "{}":
                yield Command(tuple(words), match[0])
            words = []
        tokens += 1
        if tokens > TOKEN_LIMIT:
            raise text_lines.too_large(
                f"This GRUB script has more than {TOKEN_LIMIT} words; that is not plausible."
            )
    if words:
        yield Command(tuple(words), "")


def _meaning(part: re.Match[str]) -> str:
    if part["double"] is not None:
        return _ESCAPE_IN_DOUBLE.sub(lambda match: "" if match[1] == "\n" else match[1], part["double"])
    if part["escaped"] == "\n":
        return ""
    return part["single"] or part["escaped"] or part["bare"] or ""
