r"""Where one shell word ends and what it means: the part of sh(1) that assignments in /etc/default/* need.

Nothing is expanded. A word that holds `$NAME`, `$(...)` or a back quote has no value that can be known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD_END = frozenset(" \t\n\r;&|<>()")
_EXPANSION = re.compile(r"[A-Za-z0-9_@*#?!$-]")
_IN_DOUBLE_QUOTES = frozenset('$`"\\')


@dataclass(frozen=True, slots=True)
class ScannedWord:
    """A word of `text[start:end]`.

    `value` is its meaning, None when it cannot be known. `style` is "" (bare), "'" or '"' when the whole word is
    written so, and "mixed" otherwise. `closed` is False when a quote or `$(` has no end; then `end` is the
    end of the text.
    """

    end: int
    value: str | None
    style: str
    closed: bool


class _Scanner:
    """Reads one word, character by character, without recursion: `$(` inside quotes only nests a counter."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.at = start
        self.meaning: list[str] = []
        self.known = True
        self.closed = True
        self.parts: list[str] = []

    def read(self) -> None:
        while self.at < len(self.text) and self.closed:
            char = self.text[self.at]
            if char in _WORD_END:
                return
            if char == "'":
                self._single_quotes()
            elif char == '"':
                self._double_quotes()
            else:
                self._bare(char)

    def _bare(self, char: str) -> None:
        if not self.parts or self.parts[-1] != "":
            self.parts.append("")
        if char == "\\":
            following = self.text[self.at + 1 : self.at + 2]
            self.at += 2
            if self.at >= len(self.text) and following in ("", "\n"):
                self._unclosed()  # whatever is appended would be joined to this line
            elif following != "\n":
                self.meaning.append(following)
        elif char in "$`":
            self._expansion(char, in_quotes=False)
        else:
            self.meaning.append(char)
            self.at += 1

    def _single_quotes(self) -> None:
        self.parts.append("'")
        end = self.text.find("'", self.at + 1)
        if end < 0:
            self._unclosed()
            return
        self.meaning.append(self.text[self.at + 1 : end])
        self.at = end + 1

    def _double_quotes(self) -> None:
        self.parts.append('"')
        self.at += 1
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == '"':
                self.at += 1
                return
            if char == "\\":
                following = self.text[self.at + 1 : self.at + 2]
                if following != "\n":
                    self.meaning.append(following if following in _IN_DOUBLE_QUOTES else char + following)
                self.at += 2
            elif char in "$`":
                self._expansion(char, in_quotes=True)
            else:
                self.meaning.append(char)
                self.at += 1
        self._unclosed()

    def _expansion(self, char: str, *, in_quotes: bool) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        if self.text.startswith("\\\n", self.at + 1):
            self._unclosed()  # an expansion cut in two by a continued line, which nobody writes
        elif char == "`":
            self.known = False
            self.at += 1
            while self.at < len(self.text) and self.text[self.at] != "`":
                self.at += 2 if self.text[self.at] == "\\" else 1
            self.at += 1
            if self.at > len(self.text):
                self._unclosed()
        elif following in ("(", "{"):
            self.known = False
            self.at = _end_of_nesting(self.text, self.at + 1)
            if self.at < 0:
                self._unclosed()
        else:
            if _EXPANSION.match(following) or (following in ("'", '"') and not in_quotes):
                self.known = False
            self.meaning.append("$")
            self.at += 1

    def _unclosed(self) -> None:
        self.at = len(self.text)
        self.closed = False


def scan_word(text: str, start: int) -> ScannedWord:
    """Return the word that begins at `start`; it is empty when a blank or the end of the line stands there."""
    scanner = _Scanner(text, start)
    scanner.read()
    end = min(scanner.at, len(text))
    value = "".join(scanner.meaning) if scanner.known and scanner.closed else None
    style = scanner.parts[0] if len(scanner.parts) == 1 else ("mixed" if scanner.parts else "")
    return ScannedWord(end, value, style, scanner.closed)


def _end_of_nesting(text: str, at: int) -> int:
    """Return the place after the bracket that closes the one at `at`; -1 when there is none."""
    depth = 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
        elif char == "'":
            at = text.find("'", at + 1)
            if at < 0:
                return -1
        elif char in "({":
            depth += 1
        elif char in ")}":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return -1
