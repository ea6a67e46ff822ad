"""/etc/crypttab, crypttab(5): which encrypted devices are opened at boot, under which name, with which key.

Fields stand between blanks: name, device, key file (`none` or `-`: ask), options. Lines that begin with `#` are
comments. A name's device is written as in fstab, tags such as UUID= included.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from guestfix.formats import lines as text_lines
from guestfix.formats.lines import Line, NotUnderstood

_FIELD = re.compile(r"([ \t]*)([^ \t]+)")
_FIELDS = 4
_NO_KEY = frozenset({"", "-", "none"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line with at least a name and a device, its spacing kept."""

    gaps: tuple[str, ...]
    fields: tuple[str, ...]
    tail: str
    ending: str

    @property
    def text(self) -> str:
        """The line without its ending."""
        return "".join(gap + field for gap, field in zip(self.gaps, self.fields, strict=True)) + self.tail

    @property
    def raw(self) -> str:
        """The line as it stands in the file."""
        return self.text + self.ending

    @property
    def name(self) -> str:
        """What the opened device is called below /dev/mapper."""
        return self.fields[0]

    @property
    def device(self) -> str:
        """The encrypted device, as written."""
        return self.fields[1]

    @property
    def key_file(self) -> str:
        """The file or device with the key; empty when it is asked for."""
        written = self.fields[2] if len(self.fields) > 2 else ""
        return "" if written in _NO_KEY else written

    @property
    def options(self) -> tuple[str, ...]:
        """The options, one by one."""
        return tuple(option for option in self.fields[3].split(",") if option) if len(self.fields) > 3 else ()

    def with_device(self, device: str) -> Entry:
        """Return the entry with another device; spacing and the rest stay. Raises ValueNotWritable."""
        written = text_lines.one_line(device, "crypttab")
        return replace(self, fields=(self.fields[0], written, *self.fields[2:]))


@dataclass(frozen=True, slots=True)
class Crypttab:
    """The file: entries, and everything else as plain lines. The n-th element is line n + 1."""

    lines: tuple[Entry | Line, ...]

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.encode("".join(line.raw for line in self.lines))

    @property
    def entries(self) -> tuple[tuple[int, Entry], ...]:
        """The entries with their line numbers, counted from 1."""
        return tuple((number, line) for number, line in enumerate(self.lines, 1) if isinstance(line, Entry))

    @property
    def not_understood(self) -> tuple[NotUnderstood, ...]:
        """Lines that are no comment and name no device."""
        return tuple(
            NotUnderstood(number, line.text, "fewer than two fields")
            for number, line in enumerate(self.lines, 1)
            if isinstance(line, Line) and (text := line.text.strip(" \t")) and not text.startswith("#")
        )

    def replace(self, number: int, entry: Entry) -> Crypttab:
        """Return the file with the entry on line `number` replaced. Raises NoSuchLine."""
        line = self.lines[number - 1] if 1 <= number <= len(self.lines) else None
        if not isinstance(line, Entry):
            raise text_lines.no_such_line(number, "entry of crypttab")
        return Crypttab((*self.lines[: number - 1], entry, *self.lines[number:]))


def parse(data: bytes) -> Crypttab:
    """Return the model of a crypttab. Raises TooLarge."""
    return Crypttab(tuple(_parse_line(line) for line in text_lines.split(data, "crypttab")))


def _parse_line(line: Line) -> Entry | Line:
    if line.text.lstrip(" \t").startswith("#"):
        return line
    matches: list[re.Match[str]] = []
    while len(matches) < _FIELDS and (match := _FIELD.match(line.text, matches[-1].end() if matches else 0)):
        matches.append(match)
    if len(matches) < 2:
        return line
    return Entry(
        gaps=tuple(match[1] for match in matches),
        fields=tuple(match[2] for match in matches),
        tail=line.text[matches[-1].end() :],
        ending=line.ending,
    )
