"""lvm.conf(5), as far as device filters go: which lines assign `filter` and `global_filter`, and what they say.

The file has sections in braces, `name = value` with values in quotes or lists in brackets, which may go over
several lines, and `#` comments. `devices/filter=[...]` outside a section means the same. Everything else is kept.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from guestfix.formats import lines as text_lines
from guestfix.formats.lines import Line

DISABLED = "#guestfix# "
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|#[^\n]*|[{}\[\]=,]|\n|[^\s"#{}\[\]=,]+|"')


@dataclass(frozen=True, slots=True)
class Filter:
    """One assignment of a filter. `first` and `last` are line numbers, from 1."""

    name: str
    first: int
    last: int
    patterns: tuple[str, ...]
    whole_lines: bool
    """Whether its lines hold nothing else."""


@dataclass(frozen=True, slots=True)
class LvmConf:
    """The file, line by line."""

    lines: tuple[Line, ...]

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.join(self.lines)

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The assignments of devices/filter and devices/global_filter that are in force."""
        return tuple(_filters("".join(line.text + "\n" for line in self.lines)))

    def comment_out(self, numbers: Collection[int]) -> LvmConf:
        """Return the file with these lines as comments."""
        return LvmConf(
            tuple(
                Line(DISABLED + line.text, line.ending) if number in numbers else line
                for number, line in enumerate(self.lines, 1)
            )
        )


def parse(data: bytes) -> LvmConf:
    """Return the model of an lvm.conf. Raises TooLarge."""
    return LvmConf(text_lines.split(data, "lvm.conf"))


def _filters(text: str) -> Iterator[Filter]:
    sections: list[str] = []
    tokens = [(token, number) for token, number in _tokens(text)]
    at = 0
    while at < len(tokens):
        word, number = tokens[at]
        follows = tokens[at + 1][0] if at + 1 < len(tokens) else ""
        if follows == "{":
            sections.append(word)
            at += 2
            continue
        if word == "}":
            sections = sections[:-1]
        if follows == "=":
            end, patterns = _value(tokens, at + 2)
            name = "/".join([*sections, word])
            if name in ("devices/filter", "devices/global_filter"):
                last = tokens[end - 1][1]
                beside = {tokens[each][1] for each in (at - 1, end) if 0 <= each < len(tokens)}
                yield Filter(
                    name.removeprefix("devices/"),
                    number,
                    last,
                    patterns,
                    not beside & set(range(number, last + 1)),
                )
            at = end
            continue
        at += 1


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    number = 1
    for match in _TOKEN.finditer(text):
        word = match[0]
        if not word.isspace() and not word.startswith("#"):
            yield word, number
        number += word.count("\n")


def _value(tokens: list[tuple[str, int]], at: int) -> tuple[int, tuple[str, ...]]:
    """Return the place after the value that begins at `at`, and the texts in it."""
    if at >= len(tokens):
        return at, ()
    if tokens[at][0] != "[":
        return at + 1, (_unquoted(tokens[at][0]),)
    end = at + 1
    texts: list[str] = []
    while end < len(tokens) and tokens[end][0] != "]":
        if tokens[end][0] != ",":
            texts.append(_unquoted(tokens[end][0]))
        end += 1
    return min(end + 1, len(tokens)), tuple(texts)


def _unquoted(token: str) -> str:
    return token[1:-1] if len(token) >= 2 and token[0] == token[-1] == '"' else token
