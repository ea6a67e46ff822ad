"""What one run did to a guest, file by file, and where each original is."""

from __future__ import annotations

from guestfix.journal import Entry, EntryKind, Journal, State
from guestfix.report.page import Block, Column, Fields, Line, Section, Style, Table, Words, joined, say
from guestfix.report.wording import counted, short, size

PATH = 4096
"""Characters of a path that are shown (PATH_MAX)."""

_COLUMNS = (Column("file"), Column("what"), Column("size"), Column("original"))

_STATE_STYLE: dict[State, Style] = {State.DONE: "good"}


def journal_section(journal: Journal) -> Section:
    """Return the section on one run."""
    title = say(f"Run {journal.number}: {counted(len(journal.entries), 'file')} for {journal.target}")
    body: list[Block] = [
        Fields(
            (
                ("state", say(journal.state.value, _STATE_STYLE.get(journal.state, "warn"))),
                ("began", say(journal.time)),
                ("plan", say(short(journal.plan))),
                ("guestfix", say(journal.guestfix)),
            )
        ),
        Table(_COLUMNS, tuple(_entry(entry) for entry in journal.entries)),
    ]
    if journal.directories:
        body.append(Line(say("made directories ") + joined(say(path, limit=PATH) for path in journal.directories)))
    flags = "set again" if journal.state is State.DONE else "lifted for now"
    body.extend(
        Line(say(f"{lifted.path} had chattr flags {lifted.letters}, {flags}", limit=PATH))
        for lifted in journal.lifted
    )
    return Section(title, tuple(body))


def _entry(entry: Entry) -> tuple[Words, ...]:
    return (
        say(entry.path, limit=PATH),
        say(_what(entry)),
        say(_sizes(entry)),
        say(entry.original, limit=PATH) if entry.original is not None else say("guestfix made it", "dim"),
    )


def _what(entry: Entry) -> str:
    return "edited" if entry.kind is EntryKind.REPLACED else entry.kind.value


def _sizes(entry: Entry) -> str:
    sizes = [size(version.size) for version in (entry.before, entry.after) if version is not None]
    return " becomes ".join(sizes)
