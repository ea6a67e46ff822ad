"""One change for a person: the file, which rules touch it and why, and what becomes different."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from guestfix.changes import Before, Change, Extended, HiveEdited, Note, Whole
from guestfix.guest import paths
from guestfix.registry.reg_text import MACHINE, Mark, diff_lines
from guestfix.report.diff import Limits, unified
from guestfix.report.page import Block, Line, Section, Style, Verbatim, Words, joined, say, verbatim
from guestfix.report.wording import counted, size

NOTE = 400
"""Characters of one reason that are shown."""


def change_section(change: Change, limits: Limits) -> Section:
    """Return the section on `change`; `limits` bound its diff."""
    body: list[Block] = [Line(say(change.reason, limit=NOTE))]
    body.extend(Line(_note(note)) for note in change.notes)
    body.append(Line(say(f"by {', '.join(change.rules)}", "dim", limit=NOTE)))
    body.extend(_content(change, limits))
    return Section(_title(change), tuple(body))


def _title(change: Change) -> Words:
    return joined((say(change.path, "strong", limit=4096), say(what_happens(change), "dim")))


def what_happens(change: Change) -> str:
    """Return what becomes of the file, in a few words."""
    if change.after is None:
        return "moved aside"
    if change.before is None:
        return f"created, mode {change.mode:04o}"
    if isinstance(change.after, Extended):
        return f"grows by {size(len(change.after.tail))} at its end"
    return "edited"


def _note(note: Note) -> Words:
    where = say(f"line {note.line}: ", "dim") if note.line is not None else ()
    return say("* ") + where + say(note.text, limit=NOTE)


def _content(change: Change, limits: Limits) -> Iterator[Block]:
    match change.after:
        case None:
            yield Line(say("Its original stays in the same folder under a name that nothing reads.", "dim"))
        case Extended() as extended:
            yield Verbatim(tuple(_listing(change.before, extended, limits)))
        case HiveEdited() as edited:
            yield Verbatim(tuple(_operations(change.path, edited, limits)))
        case Whole(data=data):
            yield from _diff(change, data, limits)


def _diff(change: Change, after: bytes, limits: Limits) -> Iterator[Block]:
    before = change.before
    if before is not None and before.data is None:
        text = f"{size(before.size)} become {size(len(after))}; the file is too large to be compared here"
        yield Line(say(text, "dim"))
        return
    lines = unified(None if before is None else before.data, after, limits)
    if lines:
        old = say("--- /dev/null" if before is None else f"--- a{change.path}", "removed", limit=4096)
        new = say(f"+++ b{change.path}", "added", limit=4096)
        yield Verbatim((old, new, *lines))
    else:
        yield Line(say("The file is empty." if before is None else "The content stays as it is.", "dim"))


_STYLES: dict[Mark, Style] = {"-": "removed", "+": "added", " ": "hunk"}


def _operations(path: str, edited: HiveEdited, limits: Limits) -> Iterator[Words]:
    """Yield the operations as a diff of .reg files, under the names that the hive's keys have in Windows."""
    lines = diff_lines(edited.operations, f"{MACHINE}\\{paths.name(path)}")
    for mark, line in islice(lines, limits.lines):
        yield verbatim(f"{mark}{line}", _STYLES[mark], limit=limits.columns)
    if rest := sum(1 for _ in lines):
        yield say(f"({counted(rest, 'more line')} not shown)", "dim")


def _listing(before: Before | None, extended: Extended, limits: Limits) -> Iterator[Words]:
    names = extended.listing
    for name in names[: limits.lines]:
        yield say(name, "added" if name.startswith("+") else "hunk", limit=limits.columns)
    if len(names) > limits.lines:
        yield say(f"({counted(len(names) - limits.lines, 'more entry', 'more entries')} not shown)", "dim")
    old = before.size if before is not None else 0
    total = size(old + len(extended.tail))
    yield say(f"{counted(len(names), 'entry', 'entries')} new or newer; {size(old)} become {total}", "hunk")
