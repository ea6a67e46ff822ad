r"""A unified diff of two versions of a file, for people: escaped, and bounded whatever the file holds.

Lines end at `\n` only, as diff(1) has it. Bytes that are not UTF-8 are shown as `\xNN`, tabs stay tabs. When every
line of both versions ends in CRLF that is said once; otherwise each carriage return is shown as `\x0d`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from guestfix.report.page import Style, Words, say, verbatim
from guestfix.report.wording import counted, size

CONTEXT = 3
"""Unchanged lines around each change."""

COMPARED = 2000
"""Lines between the first and the last difference that are compared; difflib's time is quadratic at worst."""

Opcode = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class Limits:
    """How much of a diff is shown: lines in all, and characters of one line."""

    lines: int
    columns: int


BRIEF = Limits(lines=120, columns=240)
FULL = Limits(lines=100_000, columns=20_000)


def unified(before: bytes | None, after: bytes | None, limits: Limits) -> tuple[Words, ...]:
    """Return the lines of the diff, without `---` and `+++`. None stands for a file that does not exist."""
    old, new = before or b"", after or b""
    if b"\0" in old or b"\0" in new:
        return (say(f"binary content: {_size(before)} becomes {_size(after)}", "dim"),)
    lines = _lines(old, new, limits)
    begun = tuple(islice(lines, limits.lines))
    rest = sum(1 for _ in lines)
    return (*begun, say(f"({counted(rest, 'more line')} not shown)", "dim")) if rest else begun


def _size(data: bytes | None) -> str:
    return "nothing" if data is None else size(len(data))


def _lines(old: bytes, new: bytes, limits: Limits) -> Iterator[Words]:
    olds, news = _split(old), _split(new)
    ended = [line for line in (*olds, *news) if line.endswith(b"\n")]
    dos = bool(ended) and all(line.endswith(b"\r\n") for line in ended)
    if dos:
        yield say("(every line ends in CRLF)", "dim")
    for group in _groups(olds, news):
        yield say(_hunk(group), "hunk")
        for tag, first, last, new_first, new_last in group:
            if tag == "equal":
                yield from _shown(" ", olds[first:last], "", limits, dos=dos)
                continue
            yield from _shown("-", olds[first:last], "removed", limits, dos=dos)
            yield from _shown("+", news[new_first:new_last], "added", limits, dos=dos)


def _split(data: bytes) -> list[bytes]:
    lines = [line + b"\n" for line in data.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _groups(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[list[Opcode]]:
    """Yield the opcodes of each hunk. What both versions begin and end with is not given to difflib."""
    head = _common(old, new)
    tail = min(_common(old[::-1], new[::-1]), len(old) - head, len(new) - head)
    if head == len(old) == len(new):
        return
    skipped = max(head - CONTEXT, 0)
    kept = max(tail - CONTEXT, 0)
    old_middle, new_middle = old[skipped : len(old) - kept], new[skipped : len(new) - kept]
    if max(len(old_middle), len(new_middle)) > COMPARED:
        groups: Iterator[list[Opcode]] = iter([_replaced(old_middle, new_middle, head - skipped, tail - kept)])
    else:
        groups = iter(difflib.SequenceMatcher(None, old_middle, new_middle).get_grouped_opcodes(CONTEXT))
    for group in groups:
        yield [(tag, a + skipped, b + skipped, c + skipped, d + skipped) for tag, a, b, c, d in group]


def _common(old: Sequence[bytes], new: Sequence[bytes]) -> int:
    pairs = zip(old, new, strict=False)
    return next((number for number, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new)))


def _replaced(old: Sequence[bytes], new: Sequence[bytes], head: int, tail: int) -> list[Opcode]:
    old_end, new_end = len(old) - tail, len(new) - tail
    whole: list[Opcode] = [
        ("equal", 0, head, 0, head),
        ("replace", head, old_end, head, new_end),
        ("equal", old_end, len(old), new_end, len(new)),
    ]
    return [opcode for opcode in whole if opcode[1] < opcode[2] or opcode[3] < opcode[4]]


def _hunk(group: Sequence[Opcode]) -> str:
    first, last = group[0], group[-1]
    return f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@"


def _range(start: int, stop: int) -> str:
    """Return a range as POSIX diff -u writes it: an empty one names the line before it."""
    length = stop - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


def _shown(mark: str, lines: Sequence[bytes], style: Style, limits: Limits, *, dos: bool) -> Iterator[Words]:
    for line in lines:
        ended = line.endswith(b"\n")
        content = line.removesuffix(b"\n")
        if dos:
            content = content.removesuffix(b"\r")
        text = content.decode("utf-8", "surrogateescape")
        yield verbatim(mark + text, style, limit=limits.columns)
        if not ended:
            yield say("\\ No newline at end of file", "dim")
