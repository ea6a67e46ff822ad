"""Text files as lines that remember how they ended: the common ground of the line-based formats.

Text is UTF-8 with `surrogateescape`, so every byte string has exactly one decoding and comes back unchanged.
Only LF and CR LF end a line; a lone CR, NUL, form feed and the rest are text like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from guestfix.formats.errors import NoSuchLine, TooLarge, ValueNotWritable
from guestfix.untrusted import shown

SIZE_LIMIT = 4 * 1024 * 1024
"""Bytes; the largest real file of these formats that we know of is a grub.cfg of some 200 KiB."""

LINE_LIMIT = 100_000
"""A line costs more memory than its bytes; this bounds what a file of newlines can take."""


@dataclass(frozen=True, slots=True)
class Line:
    r"""One line: its text without the ending, and the ending: "\n", "\r\n", or "" at the end of the file."""

    text: str
    ending: str = "\n"

    @property
    def raw(self) -> str:
        """The line as it stands in the file."""
        return self.text + self.ending


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A line that is kept as it is because we cannot say what it means. `number` counts from 1."""

    number: int
    text: str
    why: str


def decode(data: bytes, what: str, limit: int = SIZE_LIMIT) -> str:
    """Return `data` as text. `what` names the format in the error.

    Raises TooLarge over `limit` bytes or LINE_LIMIT lines.
    """
    if len(data) > limit:
        raise too_large(f"This {what} file has {len(data)} bytes; more than {limit} is not plausible.")
    if data.count(b"\n") > LINE_LIMIT:
        raise too_large(f"This {what} file has more than {LINE_LIMIT} lines; that is not plausible.")
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """Return the bytes that `decode` made `text` from."""
    return text.encode("utf-8", "surrogateescape")


def split(data: bytes, what: str, limit: int = SIZE_LIMIT) -> tuple[Line, ...]:
    """Return the lines of `data`; joining them gives `data` again. Raises TooLarge."""
    pieces = decode(data, what, limit).split("\n")
    last = pieces.pop()
    lines = [Line(piece[:-1], "\r\n") if piece.endswith("\r") else Line(piece, "\n") for piece in pieces]
    if last:
        lines.append(Line(last, ""))
    return tuple(lines)


def join(lines: Iterable[Line]) -> bytes:
    """Return the bytes of `lines`."""
    return encode("".join(line.raw for line in lines))


def ending_of(lines: Sequence[Line]) -> str:
    """Return the line ending that the file uses, by its first line."""
    return lines[0].ending or "\n" if lines else "\n"


def closed(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return `lines` with an ending on the last one, so that more can follow."""
    if lines and not lines[-1].ending:
        return (*lines[:-1], Line(lines[-1].text, ending_of(lines)))
    return tuple(lines)


def one_line(value: str, what: str) -> str:
    """Return `value` if it can stand inside one line of a file; else raise ValueNotWritable."""
    try:
        encode(value)
    except UnicodeEncodeError:
        writable = False
    else:
        writable = not set(value) & {"\n", "\r", "\0"}
    if not writable:
        raise ValueNotWritable(
            f'"{shown(value)}" cannot be written to {what}: it holds a line break, NUL or a lone surrogate.',
            hint="Correct the value; it must be one line of text.",
        )
    return value


def too_large(message: str) -> TooLarge:
    """Return the error for a file that is larger or deeper than anything of its kind."""
    return TooLarge(message, hint="Look at the file in the guest: it is damaged, or not what its name says.")


def no_such_line(number: int, what: str) -> NoSuchLine:
    """Return the error for an edit of line `number`, which is no `what`."""
    return NoSuchLine(
        f"Line {number} is no {what}.", hint="Take the line number from the document that is being edited."
    )
