"""Setup information files (.inf): the text of a Windows driver package, as sections of entries. Read only.

The rules are those of Microsoft's "General syntax rules for INF files": names of sections, keys and strings ignore
case; a section that comes twice is one; `;` outside quotes starts a comment; a backslash at the end of a line
joins the next one; `""` inside quotes is a quote; `%name%` stands for a string of [Strings], `%%` for a percent.
A file is UTF-16 or UTF-8 if it begins with a byte order mark, else in the code page of who wrote it, which nobody
knows: bytes beyond ASCII are read as Latin-1, so that none is lost. Sections, ids and file names are ASCII anyway.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from guestfix.formats import lines as text_lines
from guestfix.formats.lines import NotUnderstood

SIZE_LIMIT = 4 * 1024 * 1024
"""Bytes. Printer drivers have INF files of some 2 MB; those of disks and cards stay below 100 KB."""

FIELD_LIMIT = 4096
"""Characters that one field may have after its strings are filled in; the documented limit of Windows."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a section: where it stands, its key, and its fields, without quotes and with strings filled in.

    A line without `=` has the key "" and is all fields: the names in a CopyFiles section, the lines of AddReg.
    """

    number: int
    key: str
    fields: tuple[str, ...]

    def field(self, index: int) -> str:
        """Return one field, "" if it is left out."""
        return self.fields[index] if index < len(self.fields) else ""


@dataclass(frozen=True, slots=True)
class Inf:
    """The file. `sections` has lower case names."""

    data: bytes
    encoding: str
    sections: Mapping[str, tuple[Entry, ...]] = field(compare=False)
    not_understood: tuple[NotUnderstood, ...] = field(compare=False)

    def render(self) -> bytes:
        """Return the file's bytes."""
        return self.data

    def section(self, name: str) -> tuple[Entry, ...]:
        """Return the entries of a section, whatever its case; empty if there is none."""
        return self.sections.get(name.lower(), ())

    def has(self, name: str) -> bool:
        """Whether there is such a section."""
        return name.lower() in self.sections

    def entries(self, section: str, key: str) -> tuple[Entry, ...]:
        """Return the entries of a section with one key, whatever its case, in order."""
        return tuple(entry for entry in self.section(section) if entry.key.lower() == key.lower())

    def value(self, section: str, key: str) -> str:
        """Return the first field of the first entry with this key; "" if there is none."""
        return next((entry.field(0) for entry in self.entries(section, key)), "")


def parse(data: bytes) -> Inf:
    """Return the model of an INF file. Raises TooLarge."""
    if len(data) > SIZE_LIMIT:
        raise text_lines.too_large(
            f"This INF file has {len(data)} bytes; more than {SIZE_LIMIT} is not plausible."
        )
    text, encoding = _decoded(data)
    if text.count("\n") > text_lines.LINE_LIMIT:
        raise text_lines.too_large(f"This INF file has more than {text_lines.LINE_LIMIT} lines.")
    raw: dict[str, list[_Raw]] = {}
    not_understood: list[NotUnderstood] = []
    current: list[_Raw] | None = None
    for number, line in _logical_lines(text):
        if line.startswith("["):
            name, closed, _ = line[1:].partition("]")
            if not closed:
                not_understood.append(NotUnderstood(number, line, "the name of this section does not end"))
                current = None
                continue
            current = raw.setdefault(name.strip().strip('"').lower(), [])
        elif current is None:
            not_understood.append(NotUnderstood(number, line, "it stands in no section"))
        else:
            current.append(_Raw(number, line))
    strings = _strings(raw)
    sections = {
        name: tuple(
            _entry(each, {} if name == "strings" or name.startswith("strings.") else strings) for each in found
        )
        for name, found in raw.items()
    }
    return Inf(data, encoding, sections, tuple(not_understood))


@dataclass(frozen=True, slots=True)
class _Raw:
    """A line without its comment, joined with those that continue it."""

    number: int
    text: str


def _decoded(data: bytes) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), encoding
    return data.decode("latin-1"), "latin-1"


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line that says something, with its continuations and without comments."""
    parts: list[str] = []
    start = 0
    for number, line in enumerate(text.split("\n"), start=1):
        said = _without_comment(line).strip(" \t\r\0\x1a")
        start = start if parts else number
        if said.endswith("\\"):
            parts.append(said[:-1].rstrip())
            continue
        parts.append(said)
        if joined := "".join(parts).strip():
            yield start, joined
        parts = []
    if joined := "".join(parts).strip():
        yield start, joined


def _without_comment(line: str) -> str:
    if ";" not in line:
        return line
    quoted = False
    for index, char in enumerate(line):
        if char == '"':
            quoted = not quoted
        elif char == ";" and not quoted:
            return line[:index]
    return line


def _strings(raw: Mapping[str, Sequence[_Raw]]) -> dict[str, str]:
    """Return the strings by lower case name: [Strings], and what only a language's section has, in their order."""
    strings: dict[str, str] = {}
    languages = [name for name in raw if name.startswith("strings.")]
    for name in ("strings", *languages):
        for each in raw.get(name, ()):
            entry = _entry(each, {})
            if entry.key:
                strings.setdefault(entry.key.lower(), ",".join(entry.fields))
    return strings


def _entry(raw: _Raw, strings: Mapping[str, str]) -> Entry:
    pieces = _pieces(raw.text)
    key = ""
    if pieces and pieces[0].equals is not None:
        key, pieces[0] = pieces[0].equals, _Piece(pieces[0].text)
        key = filled(key, strings)
    fields = tuple(filled(piece.text, strings) for piece in pieces)
    return Entry(raw.number, key, fields)


@dataclass(slots=True)
class _Piece:
    """What stands between two commas, without quotes; `equals` is what stood before its first `=`."""

    text: str
    equals: str | None = None


def _pieces(text: str) -> list[_Piece]:
    """Split at commas outside quotes; only the first `=` of a line, and one outside quotes, ends a key."""
    pieces: list[_Piece] = []
    said: list[str] = []
    kept = 0  # characters that came out of quotes: their blanks stay
    equals: str | None = None
    quoted = False
    index = 0
    while index < len(text):
        char = text[index]
        if quoted:
            if char == '"' and text[index + 1 : index + 2] == '"':
                said.append('"')
                index += 1
            elif char == '"':
                quoted = False
                kept = len(said)
            else:
                said.append(char)
        elif char == '"':
            if len(said) > kept and not "".join(said[kept:]).strip():
                del said[kept:]  # blanks before the quote
            quoted = True
        elif char == "," and not quoted:
            pieces.append(_Piece(_trimmed(said, kept), equals))
            said, kept, equals = [], 0, None
        elif char == "=" and equals is None and not pieces:
            equals = _trimmed(said, kept)
            said, kept = [], 0
        else:
            said.append(char)
        index += 1
    pieces.append(_Piece(_trimmed(said, len(said) if quoted else kept), equals))
    return pieces


def _trimmed(said: Sequence[str], kept: int) -> str:
    """Return the characters without blanks at either end, except those that were quoted."""
    tail = "".join(said[kept:]).rstrip()
    head = "".join(said[:kept])
    return head + tail if kept else tail.lstrip()


def filled(text: str, strings: Mapping[str, str]) -> str:
    """Return `text` with `%name%` replaced by its string and `%%` by a percent sign; unknown names stay."""
    if "%" not in text:
        return text
    out: list[str] = []
    size = 0
    rest = text
    while rest and size <= FIELD_LIMIT:
        before, percent, after = rest.partition("%")
        name, closed, following = after.partition("%")
        if not percent or not closed:
            out.append(rest)
            break
        value = "%" if not name else strings.get(name.lower(), f"%{name}%")
        out += [before, value]
        size += len(before) + len(value)
        rest = following
    return "".join(out)[:FIELD_LIMIT]
