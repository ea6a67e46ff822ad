r"""Rules of udev: lines of `KEY=="value"` comparisons and `KEY="value"` assignments, udev(7).

A backslash at the very end joins the next line; `#` begins a comment at the start of a line only.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from guestfix.formats import lines as text_lines
from guestfix.formats.lines import Line

DISABLED = "#guestfix# "
"""What a line begins with that was switched off."""

_TOKEN = re.compile(r'[\s,]*([A-Z_]+)(?:\{([^}"]*)\})?[ \t]*(==|!=|\+=|-=|:=|=)[ \t]*[a-z]?"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Token:
    """One comparison or assignment: `ATTR{address}=="00:11:22:33:44:55"`."""

    key: str
    attribute: str | None
    operator: str
    value: str

    @property
    def compares(self) -> bool:
        """Whether this is a condition."""
        return self.operator in ("==", "!=")


@dataclass(frozen=True, slots=True)
class Rule:
    """One logical line, a comment or blank line too (it has no tokens). `number` counts lines from 1."""

    number: int
    lines: tuple[Line, ...]
    tokens: tuple[Token, ...] = field(default=())

    def compared(self, key: str, attribute: str | None = None) -> str | None:
        """Return the value that `key` must have for this rule; None if it does not ask."""
        return next(
            (t.value for t in self.tokens if (t.key, t.attribute, t.operator) == (key, attribute, "==")), None
        )

    def assigned(self, key: str) -> str | None:
        """Return the value that this rule gives to `key`."""
        return next((t.value for t in self.tokens if t.key == key and not t.compares), None)


@dataclass(frozen=True, slots=True)
class UdevRules:
    """The file, one logical line after the other."""

    rules: tuple[Rule, ...]

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.join(line for rule in self.rules for line in rule.lines)

    def comment_out(self, numbers: Collection[int]) -> UdevRules:
        """Return the file with the rules that begin at these lines as comments."""
        return UdevRules(
            tuple(
                Rule(rule.number, tuple(Line(DISABLED + line.text, line.ending) for line in rule.lines))
                if rule.number in numbers
                else rule
                for rule in self.rules
            )
        )


def parse(data: bytes) -> UdevRules:
    """Return the model of a file of udev rules. Raises TooLarge."""
    rules: list[Rule] = []
    waiting: list[Line] = []
    number = 1
    for line in text_lines.split(data, "udev rules"):
        waiting.append(line)
        comment = waiting[0].text.lstrip().startswith("#")
        if line.text.endswith("\\") and not comment:
            continue
        rules.append(_rule(number, tuple(waiting)))
        number += len(waiting)
        waiting = []
    if waiting:
        rules.append(_rule(number, tuple(waiting)))
    return UdevRules(tuple(rules))


def _rule(number: int, lines: tuple[Line, ...]) -> Rule:
    text = "".join(line.text.removesuffix("\\") for line in lines)
    if text.lstrip().startswith("#"):
        return Rule(number, lines)
    tokens: list[Token] = []
    at = 0
    while match := _TOKEN.match(text, at):
        tokens.append(Token(match[1], match[2], match[3], match[4]))
        at = match.end()
    return Rule(number, lines, tuple(tokens))
