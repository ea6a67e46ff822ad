"""Boot Loader Specification entries, /boot/loader/entries/*.conf, as GRUB's blscfg and systemd-boot read them.

Each line is a key, blanks, and a value that reaches to the end of the line. `initrd` and `options` may occur
several times: the images are loaded in order, the options are joined by blanks. Unknown keys are ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from guestfix.formats import lines as text_lines
from guestfix.formats.lines import Line, NotUnderstood

_KEY = re.compile(r"[ \t]*+([^ \t#][^ \t]*+)[ \t]++(?=.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class BlsEntry:
    """One boot entry, line by line."""

    lines: tuple[Line, ...]

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.join(self.lines)

    @property
    def fields(self) -> tuple[tuple[int, str, str], ...]:
        """Every key and value, in order, with its line number from 1."""
        return tuple(
            (number, match[1], line.text[match.end() :].rstrip(" \t"))
            for number, line in enumerate(self.lines, 1)
            if (match := _KEY.match(line.text))
        )

    @property
    def not_understood(self) -> tuple[NotUnderstood, ...]:
        """Lines that are neither comment nor key and value."""
        known = {number for number, _, _ in self.fields}
        return tuple(
            NotUnderstood(number, line.text, "no key and value")
            for number, line in enumerate(self.lines, 1)
            if number not in known and line.text.strip(" \t") and not line.text.lstrip(" \t").startswith("#")
        )

    def values(self, key: str) -> tuple[str, ...]:
        """Return the values of every line with this key."""
        return tuple(value for _, each, value in self.fields if each == key)

    def get(self, key: str) -> str | None:
        """Return the last value of a key that should occur once: title, version, linux."""
        found = self.values(key)
        return found[-1] if found else None

    @property
    def options(self) -> str:
        """The kernel command line: all `options` lines joined by blanks. It may hold `$kernelopts` (RHEL 8)."""
        return " ".join(self.values("options"))

    def with_value(self, key: str, value: str) -> BlsEntry:
        """Return the file with the last line of a key changed, or with a new one at the end.

        Raises ValueNotWritable.
        """
        text_lines.one_line(value, "a boot loader entry")
        places = [number - 1 for number, each, _ in self.fields if each == key]
        if not places:
            closed = text_lines.closed(self.lines)
            return BlsEntry((*closed, Line(f"{key} {value}", text_lines.ending_of(self.lines))))
        old = self.lines[places[-1]]
        match = _KEY.match(old.text)
        new = Line((match[0] if match else f"{key} ") + value, old.ending)
        return BlsEntry((*self.lines[: places[-1]], new, *self.lines[places[-1] + 1 :]))

    def with_options(self, command_line: str) -> BlsEntry:
        """Return the entry with this command line in its first `options` line, or at the end; others go.

        Raises ValueNotWritable.
        """
        text_lines.one_line(command_line, "a boot loader entry")
        if self.options == command_line:
            return self
        places = [number - 1 for number, key, _ in self.fields if key == "options"]
        if not places:
            closed = text_lines.closed(self.lines)
            return BlsEntry((*closed, Line(f"options {command_line}", text_lines.ending_of(self.lines))))
        kept = [line for at, line in enumerate(self.lines) if at not in places[1:]]
        first = self.lines[places[0]]
        key = _KEY.match(first.text)
        kept[places[0]] = Line((key[0] if key else "options ") + command_line, first.ending)
        return BlsEntry(tuple(kept))


def parse(data: bytes) -> BlsEntry:
    """Return the model of a boot loader entry. Raises TooLarge."""
    return BlsEntry(text_lines.split(data, "boot loader entry"))
