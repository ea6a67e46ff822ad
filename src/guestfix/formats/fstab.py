r"""/etc/fstab: fstab(5), read as libmount and systemd read it.

Fields stand between blanks (space and tab only). libmount needs three of them (source, target, type); options,
dump frequency and pass may be missing (mnt_parse_table_line). A line of one or two fields is an error to libmount
and mounts nothing. What follows the sixth field is ignored by both, and kept here. Blanks inside a field are
written as octal escapes: `\040`. systemd's generator reads numbers that libmount refuses, so a line with
a bad number stays an entry and is reported besides.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from guestfix.formats import lines as text_lines
from guestfix.formats.fstab_spec import SpecKind, spec_kind, tag_of
from guestfix.formats.lines import Line, NotUnderstood

DISABLED = "#guestfix# "
"""Stands before an entry that was switched off; the rest of the line is the entry as it was."""

REASON = "# guestfix: "
"""Begins the comment above a disabled entry."""

_FIELD = re.compile(r"([ \t]*+)([^ \t]++)")
_ESCAPE = re.compile(rb"\\([0-3][0-7]{2})")
_TO_ESCAPE = re.compile(r"[ \t\n\r\\]|\A#")
_OPTION = re.compile(r'((?:"[^"]*+"|[^",]|")*+)(?:,|\Z)')
_FIELDS = 6
_FEWEST_FIELDS = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One mount. `fields` are as written; `gaps[i]` stands before `fields[i]`, `tail` after the last one."""

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
    def spec(self) -> str:
        """What is mounted, escapes decoded, quotes of a tag kept (see `tag`)."""
        return decode_field(self.fields[0])

    @property
    def kind(self) -> SpecKind:
        """What `spec` names, by its shape."""
        return spec_kind(self.spec)

    @property
    def tag(self) -> tuple[str, str] | None:
        """("UUID", "1111-aaaa") and the like, quotes taken off; None when `spec` is no tag."""
        return tag_of(self.spec)

    @property
    def file(self) -> str:
        """Where it is mounted, escapes decoded ("none" or "swap" for swap)."""
        return decode_field(self.fields[1])

    @property
    def fstype(self) -> str:
        """The file system type, or a list of them with commas."""
        return decode_field(self.fields[2])

    @property
    def options(self) -> tuple[str, ...]:
        """The mount options; a quoted comma (`context="a,b"`) does not divide. Empty when the field is missing."""
        return split_options(self.fields[3]) if len(self.fields) > 3 else ()

    @property
    def freq(self) -> int | None:
        """The dump frequency; 0 when missing, None when it is no number."""
        return self._number(4)

    @property
    def passno(self) -> int | None:
        """The fsck pass; 0 when missing, None when it is no number."""
        return self._number(5)

    @property
    def is_swap(self) -> bool:
        """Whether this is swap space."""
        return self.fstype == "swap"

    def with_spec(self, spec: str) -> Entry:
        """Return the entry with another source (not yet escaped); spacing and the rest stay."""
        return self._with_field(0, encode_field(spec))

    def with_option(self, option: str) -> Entry:
        """Return the entry with `option` (or several, with commas) at the end of its options.

        It is the entry itself when it has them. A bare `defaults` stays: it is harmless, and people look for it.
        """
        text_lines.one_line(option, "fstab")
        added = ",".join(encode_field(each) for each in split_options(option) if each not in self.options)
        if not added:
            return self
        if len(self.fields) == _FEWEST_FIELDS:
            return replace(self, gaps=(*self.gaps, " "), fields=(*self.fields, added))
        written = self.fields[3].rstrip(",")
        return self._with_field(3, f"{written},{added}" if written else added)

    def without_option(self, option: str) -> Entry:
        """Return the entry without `option` (the whole option, value included); "defaults" if none is left."""
        if option not in self.options:
            return self
        left = [each for each in self.options if each != option]
        return self._with_field(3, encode_field(",".join(left)) if left else "defaults")

    def _number(self, index: int) -> int | None:
        if len(self.fields) <= index:
            return 0
        return int(self.fields[index]) if re.fullmatch("[0-9]{1,9}", self.fields[index]) else None

    def _with_field(self, index: int, written: str) -> Entry:
        return replace(self, fields=(*self.fields[:index], written, *self.fields[index + 1 :]))


@dataclass(frozen=True, slots=True)
class Fstab:
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
    def disabled(self) -> tuple[tuple[int, str], ...]:
        """What `disable` switched off: line numbers and the entries' texts."""
        return tuple(
            (number, line.text.removeprefix(DISABLED))
            for number, line in enumerate(self.lines, 1)
            if isinstance(line, Line) and line.text.startswith(DISABLED)
        )

    @property
    def not_understood(self) -> tuple[NotUnderstood, ...]:
        """Lines that mount nothing though they are no comments, and entries with a number that is none."""
        return tuple(
            NotUnderstood(number, line.text, why)
            for number, line in enumerate(self.lines, 1)
            if (why := _complaint(line))
        )

    def replace(self, number: int, entry: Entry) -> Fstab:
        """Return the file with the entry on line `number` replaced. Raises NoSuchLine."""
        self._entry(number)
        return Fstab((*self.lines[: number - 1], entry, *self.lines[number:]))

    def disable(self, numbers: Collection[int], reason: str) -> Fstab:
        """Return the file with the entries on these lines as comments, each below a comment with `reason`.

        Disabled entries are no entries any more, so a second run finds nothing to do. Raises NoSuchLine.
        """
        text_lines.one_line(reason, "fstab")
        wanted = frozenset(numbers)
        for number in wanted:
            self._entry(number)
        lines: list[Entry | Line] = []
        for number, line in enumerate(self.lines, 1):
            if number in wanted:
                lines.append(Line(REASON + reason, line.ending or "\n"))
                lines.append(Line(DISABLED + line.text, line.ending))
            else:
                lines.append(line)
        return Fstab(tuple(lines))

    def _entry(self, number: int) -> Entry:
        line = self.lines[number - 1] if 1 <= number <= len(self.lines) else None
        if not isinstance(line, Entry):
            raise text_lines.no_such_line(number, "entry of fstab")
        return line


def parse(data: bytes) -> Fstab:
    """Return the model of an fstab. Raises TooLarge."""
    return Fstab(tuple(_parse_line(line) for line in text_lines.split(data, "fstab")))


def _parse_line(line: Line) -> Entry | Line:
    if line.text.lstrip(" \t").startswith("#"):
        return line
    matches: list[re.Match[str]] = []
    while len(matches) < _FIELDS and (match := _FIELD.match(line.text, matches[-1].end() if matches else 0)):
        matches.append(match)
    if len(matches) < _FEWEST_FIELDS:
        return line
    return Entry(
        gaps=tuple(match[1] for match in matches),
        fields=tuple(match[2] for match in matches),
        tail=line.text[matches[-1].end() :],
        ending=line.ending,
    )


def _complaint(line: Entry | Line) -> str:
    if isinstance(line, Entry):
        numbers = line.freq, line.passno
        return "the dump frequency or fsck pass is no number" if None in numbers else ""
    stripped = line.text.strip(" \t")
    return "fewer than three fields" if stripped and not stripped.startswith("#") else ""


def decode_field(written: str) -> str:
    r"""Return a field's meaning: octal escapes such as `\040` are bytes (libmount's unmangle)."""
    if "\\" not in written:
        return written
    decoded = _ESCAPE.sub(lambda match: bytes([int(match[1], 8)]), text_lines.encode(written))
    return decoded.decode("utf-8", "surrogateescape")


def encode_field(meaning: str) -> str:
    """Return `meaning` as a field is written: no blanks, no line breaks, not the start of a comment."""
    written = _TO_ESCAPE.sub(lambda match: f"\\{ord(match[0]):03o}", meaning)
    return text_lines.one_line(written, "fstab")


def split_options(written: str) -> tuple[str, ...]:
    """Return the options of an options field, escapes decoded, empty ones left out."""
    found = (match[1] for match in _OPTION.finditer(written))
    return tuple(decode_field(option) for option in found if option)
