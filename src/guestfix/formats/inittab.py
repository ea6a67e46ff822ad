"""/etc/inittab of System V init: `id:runlevels:action:process`, one a line (inittab(5))."""

from __future__ import annotations

import re
from dataclasses import dataclass

from guestfix.formats import lines as text_lines
from guestfix.formats.lines import Line, NotUnderstood

DISABLED = "#guestfix# "


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `number` is its line."""

    number: int
    id: str
    runlevels: str
    action: str
    process: str

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the command, such as `/sbin/getty`, `38400`, `tty1`."""
        return tuple(self.process.split())


@dataclass(frozen=True, slots=True)
class Inittab:
    """The file, line by line."""

    lines: tuple[Line, ...]

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.join(self.lines)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries in order."""
        found: list[Entry] = []
        for number, line in enumerate(self.lines, 1):
            fields = line.text.lstrip(" \t").split(":", 3)
            if len(fields) == 4 and not fields[0].startswith("#"):
                found.append(Entry(number, fields[0], fields[1], fields[2], fields[3]))
        return tuple(found)

    @property
    def not_understood(self) -> tuple[NotUnderstood, ...]:
        """Lines that are neither comment nor entry."""
        known = {entry.number for entry in self.entries}
        return tuple(
            NotUnderstood(number, line.text, "not four fields with `:` between")
            for number, line in enumerate(self.lines, 1)
            if number not in known and re.match(r"[ \t]*+[^ \t#]", line.text)
        )

    def without(self, number: int) -> Inittab:
        """Return the file with a line made a comment. Raises NoSuchLine."""
        if not any(entry.number == number for entry in self.entries):
            raise text_lines.no_such_line(number, "entry of inittab")
        old = self.lines[number - 1]
        new = Line(DISABLED + old.text, old.ending)
        return Inittab((*self.lines[: number - 1], new, *self.lines[number:]))

    def with_entry(self, entry_id: str, runlevels: str, action: str, process: str) -> Inittab:
        """Return the file with an entry at its end; an id that is taken gets another last character.

        Ids have one to four characters (inittab(5)). Raises ValueNotWritable.
        """
        taken = {entry.id for entry in self.entries}
        free = [f"{entry_id[:3]}{mark}" for mark in ("", *"xyzabcdefgh")]
        fresh = next((each for each in free if each not in taken), entry_id[:4])
        text = text_lines.one_line(f"{fresh}:{runlevels}:{action}:{process}", "inittab")
        return Inittab((*text_lines.closed(self.lines), Line(text, text_lines.ending_of(self.lines))))


def parse(data: bytes) -> Inittab:
    """Return the model of an inittab. Raises TooLarge."""
    return Inittab(text_lines.split(data, "inittab"))
