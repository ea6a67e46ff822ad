r"""Files of shell assignments: /etc/default/grub, /etc/sysconfig/*, os-release, /etc/default/grub.d/*.cfg.

An assignment may be bare or quoted, span lines, carry `export`, `+=`, a `;` or a comment behind it. The last one
of a name wins. Everything else that is no comment is shell code: kept as it is, reported, and never run.
Assignments inside `if`, `case`, loops and functions are shell code too, since they may not happen; a name that
occurs in one has no value that can be known. A line such as `A=b c=d` is code as well: a shell that
reads it runs a command, it does not set A for the file (a real defect in /etc/default/grub files).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from guestfix.formats import lines as text_lines
from guestfix.formats.errors import CannotEdit
from guestfix.formats.lines import NotUnderstood
from guestfix.formats.shell_scan import scan_word

DISABLED = "#guestfix# "
"""What a line begins with that was switched off."""

_ASSIGNMENT = re.compile(r"([ \t]*(?:export[ \t]+)?)([A-Za-z_][A-Za-z0-9_]*)(\+?=)")
_NAME_IN_CODE = re.compile(r"(?<![A-Za-z0-9_$])([A-Za-z_][A-Za-z0-9_]*)\+?=")
_AFTER = re.compile(r"[ \t]*+;?[ \t]*+(?:(?<=[ \t;])#[^\n]*|\r?(?=\n|\Z))")
_BARE = re.compile(r"[A-Za-z0-9_./:,@%+=^-]*")
_HEREDOC = re.compile(r"(?<!<)<<(-?)[ \t]*[\\'\"]?([A-Za-z_][A-Za-z0-9_]*)")
_OPENS = re.compile(
    r"(?:^|[;&|(]|\bthen\b|\bdo\b|\belse\b)[ \t]*(?:if|case|for|while|until|select)\b|\{[ \t]*(?:$|#)"
)
_CLOSES = re.compile(r"(?:^|;)[ \t]*(?:fi|esac|done|\})(?![A-Za-z0-9_])")


@dataclass(frozen=True, slots=True)
class Assignment:
    """One assignment. `before` holds blanks and `export`, `after` what follows, with the line ending."""

    before: str
    name: str
    operator: str
    written: str
    after: str
    value: str | None
    """The meaning of `written`; None when it holds an expansion that only a shell can evaluate."""
    style: str

    @property
    def raw(self) -> str:
        """The assignment as it stands in the file."""
        return f"{self.before}{self.name}{self.operator}{self.written}{self.after}"

    def with_value(self, value: str) -> Assignment:
        """Return it with another value, in the same quotes where they can hold it, as a plain `=`."""
        written, style = _quoted(value, self.style)
        return replace(self, operator="=", written=written, value=value, style=style)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment or blank line."""

    raw: str


@dataclass(frozen=True, slots=True)
class Code:
    """Shell code, one or more lines, kept as it is. `closed` is False when a quote in it has no end."""

    raw: str
    closed: bool = True

    @property
    def assigned(self) -> frozenset[str]:
        """The names that this code looks like assigning to."""
        return frozenset(_NAME_IN_CODE.findall(self.raw))


@dataclass(frozen=True, slots=True)
class ShellVariables:
    """The file, piece by piece."""

    pieces: tuple[Assignment | Comment | Code, ...]
    _by_name: Mapping[str, list[Assignment | Code]] = field(init=False, repr=False, compare=False)
    """What assigns to each name, in order: a file may have ten thousand names, and be asked for each."""

    def __post_init__(self) -> None:
        by_name: dict[str, list[Assignment | Code]] = {}
        for piece in self.pieces:
            if not isinstance(piece, Comment):
                for name in (piece.name,) if isinstance(piece, Assignment) else piece.assigned:
                    by_name.setdefault(name, []).append(piece)
        object.__setattr__(self, "_by_name", by_name)

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.encode("".join(piece.raw for piece in self.pieces))

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that has an assignment, once, in order of the first."""
        return tuple(dict.fromkeys(piece.name for piece in self.pieces if isinstance(piece, Assignment)))

    @property
    def not_understood(self) -> tuple[NotUnderstood, ...]:
        """The shell code, with the number of its first line."""
        found: list[NotUnderstood] = []
        number = 1
        for piece in self.pieces:
            if isinstance(piece, Code):
                found.append(NotUnderstood(number, piece.raw.rstrip("\r\n"), "shell code"))
            number += piece.raw.count("\n")
        return tuple(found)

    def is_assigned(self, name: str) -> bool:
        """Return whether the file assigns to `name`, in whatever way.

        With `get` returning None this tells an unknown value (True) from an absent one (False).
        """
        return bool(self._assigning(name))

    def get(self, name: str) -> str | None:
        """Return the value that a shell would end with; None: not assigned, or not knowable without running it."""
        value: str | None = ""
        found = False
        for piece in self._assigning(name):
            found = True
            if isinstance(piece, Code) or piece.value is None:
                value = None
            elif piece.operator == "=":
                value = piece.value
            elif value is not None:
                value += piece.value
        return value if found else None

    def with_value(self, name: str, value: str) -> ShellVariables:
        """Return the file with `name` ending as `value`, or itself when it does already.

        The last assignment is changed in place, in its own quotes where they can hold the value. Where code or
        `+=` has a say, and where there is none, a line is appended. Raises ValueNotWritable and CannotEdit.
        """
        text_lines.one_line(value, "a file of shell variables")
        if self.get(name) == value:
            return self
        assigning = self._assigning(name)
        if not assigning or not isinstance(assigning[-1], Assignment) or assigning[-1].operator != "=":
            return self._append(name, value)
        last = next(at for at in range(len(self.pieces) - 1, -1, -1) if self.pieces[at] is assigning[-1])
        changed = assigning[-1].with_value(value)
        return ShellVariables((*self.pieces[:last], changed, *self.pieces[last + 1 :]))

    def comment_out(self, names: Collection[str]) -> ShellVariables:
        """Return the file with every assignment to one of `names` as a comment, on each of its lines.

        What shell code assigns stays; see `is_assigned`.
        """
        doomed = frozenset(names)
        pieces = (
            Comment(re.sub("(?m)^(?=.)", lambda _: DISABLED, piece.raw))
            if isinstance(piece, Assignment) and piece.name in doomed
            else piece
            for piece in self.pieces
        )
        return ShellVariables(tuple(pieces))

    def _assigning(self, name: str) -> Sequence[Assignment | Code]:
        return self._by_name.get(name, ())

    def _append(self, name: str, value: str) -> ShellVariables:
        last = self.pieces[-1] if self.pieces else None
        if isinstance(last, Code) and not last.closed:
            raise CannotEdit(
                f"{name} cannot be appended: the file ends inside a quote, block or here-document.",
                hint="Correct the end of the file in the guest; a shell could not read it either.",
            )
        ending = "\r\n" if self.pieces and self.pieces[0].raw.endswith("\r\n") else "\n"
        written, style = _quoted(value, '"' if _BARE.fullmatch(value) is None else "")
        before = "" if last is None or last.raw.endswith("\n") else ending
        added = Assignment(before, name, "=", written, ending, value, style)
        return ShellVariables((*self.pieces, added))


def parse(data: bytes) -> ShellVariables:
    """Return the model of a file of shell assignments. Raises TooLarge."""
    text = text_lines.decode(data, "shell variables")
    pieces: list[Assignment | Comment | Code] = []
    at = 0
    while at < len(text):
        piece = _piece(text, at)
        pieces.append(piece)
        at += len(piece.raw)
    return ShellVariables(tuple(pieces))


def _piece(text: str, at: int) -> Assignment | Comment | Code:
    end = _line_end(text, at)
    stripped = text[at:end].strip(" \t\r\n")
    if not stripped or stripped.startswith("#"):
        return Comment(text[at:end])
    match = _ASSIGNMENT.match(text, at)
    if match:
        word = scan_word(text, match.end())
        after = _AFTER.match(text, word.end)
        if word.closed and after:
            end = _line_end(text, after.end())
            written = text[match.end() : word.end]
            before, name, operator = match.groups()
            return Assignment(before, name, operator, written, text[word.end : end], word.value, word.style)
    return _code(text, at)


def _code(text: str, start: int) -> Code:
    """Return the code that begins at `start`: to the end of the line, or of the block that the line opens."""
    depth = 0
    at = start
    while at < len(text):
        end, closed = _logical_end(text, at)
        if not closed:
            return Code(text[start:], closed=False)
        line = text[at:end]
        at = end
        heredoc = _HEREDOC.search(line)
        if heredoc:
            at = _after_heredoc(text, end, heredoc[2], strip=bool(heredoc[1]))
            if at < 0:
                return Code(text[start:], closed=False)
        depth += len(_OPENS.findall(line.rstrip("\r\n"))) - len(_CLOSES.findall(line))
        if depth <= 0:
            return Code(text[start:at])
    return Code(text[start:], closed=False)


def _logical_end(text: str, at: int) -> tuple[int, bool]:
    """Return where the command line at `at` ends, past quotes and continuations, and whether it does end."""
    at_word = True
    while at < len(text):
        char = text[at]
        if char == "\n":
            return at + 1, True
        if char == "#" and at_word:
            return _line_end(text, at), True
        if char in " \t\r;&|<>()":
            at += 1
            at_word = True
            continue
        word = scan_word(text, at)
        if not word.closed:
            return len(text), False
        at = word.end
        at_word = False
    return at, True


def _after_heredoc(text: str, at: int, delimiter: str, *, strip: bool) -> int:
    while at < len(text):
        end = _line_end(text, at)
        line = text[at:end].rstrip("\r\n")
        at = end
        if (line.lstrip("\t") if strip else line) == delimiter:
            return at
    return -1


def _line_end(text: str, at: int) -> int:
    newline = text.find("\n", at)
    return len(text) if newline < 0 else newline + 1


def _quoted(value: str, style: str) -> tuple[str, str]:
    """Return how to write `value`, in `style` if that can hold it, and the style that was used."""
    if style == "" and _BARE.fullmatch(value):
        return value, ""
    if style == "'" and "'" not in value:
        return f"'{value}'", "'"
    escaped = re.sub(r'[\\"$`]', lambda match: "\\" + match[0], value)
    return f'"{escaped}"', '"'
