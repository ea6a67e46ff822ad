"""Is the journal whole, and is what a hostile guest puts in its place refused with a sentence?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix import journal_store
from guestfix.errors import GuestfixError
from guestfix.guest.errors import AttributeNotSupported
from guestfix.guest.memory import MemoryGuest
from guestfix.guest.memory_tree import FileSystem
from guestfix.guest.protocol import Attributes
from guestfix.journal import Entry, EntryKind, FileAttributes, Journal, Lifted, State, Version, merged
from guestfix.journal_store import JournalDamaged, JournalImpossible

FOLDER = journal_store.LINUX
PLACE = FOLDER + "/0001.json"


def version(text: str) -> Version:
    attributes = FileAttributes(uid=0, gid=0, mode=0o644, atime_ns=0, mtime_ns=-5, xattrs=(("user.x", b"\0\xff"),))
    return Version(size=len(text), sha256=text * 64, attributes=attributes)


def entry(path: str, before: str | None, after: str | None, *, makes_original: bool | None = None) -> Entry:
    kind = EntryKind.CREATED if before is None else EntryKind.MOVED_ASIDE if after is None else EntryKind.REPLACED
    makes = before is not None if makes_original is None else makes_original
    folder, _, name = path.rpartition("/")
    return Entry(
        path=path,
        kind=kind,
        before=version(before) if before else None,
        after=version(after) if after else None,
        original=f"{folder}/.{name}.guestfix-orig~" if makes else None,
        makes_original=makes,
    )


def journal(number: int, *entries: Entry, **more: Any) -> Journal:
    return Journal(
        number=number,
        state=State.DONE,
        guestfix="0",
        time="2026-01-01T00:00:00+00:00",
        target="kvm",
        plan="p",
        entries=entries,
        **more,
    )


def stored(data: bytes) -> MemoryGuest:
    return MemoryGuest({PLACE: data})


def good() -> dict[str, Any]:
    value = journal(1, entry("/etc/fstab", "a", "b")).model_dump(mode="json")
    assert isinstance(value, dict)
    return value


def test_what_is_written_is_read_back() -> None:
    guest = MemoryGuest(directories=[FOLDER])
    written = journal(
        3, entry("/etc/fstab", "a", "b"), entry("/etc/é", None, "c"), details={"rules": ["x"], "n": 1}
    )
    journal_store.write(guest, written, FOLDER)
    assert journal_store.read_all(guest) == (written,)
    assert list(guest.files()) == [FOLDER + "/0003.json"]


def test_journals_come_oldest_first_and_other_names_are_passed_over() -> None:
    guest = MemoryGuest({f"{FOLDER}/notes.txt": "x", f"{FOLDER}/12345.json": "x", f"{FOLDER}/1.json": "x"})
    for number in (10, 2, 9):
        journal_store.write(guest, journal(number), FOLDER)
    assert [found.number for found in journal_store.read_all(guest)] == [2, 9, 10]


def test_a_guest_that_never_saw_us_has_none() -> None:
    assert journal_store.read_all(MemoryGuest({"/etc/fstab": ""})) == ()
    assert journal_store.unfinished(MemoryGuest()) is None


def spoilt(**changes: Any) -> bytes:
    return json.dumps({**good(), **changes}).encode()


def with_entry(**changes: Any) -> bytes:
    value = good()
    value["entries"][0].update(changes)
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[" * 100_000,
        b'{"number": 1}',
        b'{"details": "\\udcff", "entries": ' + b"[" * 100_000,
        spoilt(schema_version=2),
        spoilt(extra="field"),
        spoilt(number=0),
        spoilt(number=2),
        spoilt(state="half"),
        spoilt(directories=["../etc"]),
        spoilt(lifted=[{"path": "/etc/x", "letters": "s"}]),
        with_entry(path="etc/fstab"),
        with_entry(path="/etc/../../fstab"),
        with_entry(path="/etc/fstab\0"),
        with_entry(path="/"),
        with_entry(original="/etc/shadow"),
        with_entry(original=None),
        with_entry(kind="created"),
        with_entry(before=None),
        spoilt(plan="\ud800"),
    ],
)
def test_what_is_no_journal_is_refused(data: bytes) -> None:
    with pytest.raises(JournalDamaged) as caught:
        journal_store.read_all(stored(data))
    assert caught.value.hint


@pytest.mark.parametrize(
    "attributes",
    [
        {"uid": -1},
        {"uid": 2**70},
        {"mode": 0o10000},
        {"atime_ns": 2**100},
        {"xattrs": [["a\0b", ""]]},
        {"xattrs": [["", ""]]},
        {"xattrs": [["user.x", "not base64!"]]},
    ],
)
def test_attributes_that_no_file_has_are_refused(attributes: dict[str, Any]) -> None:
    value = good()
    value["entries"][0]["before"]["attributes"].update(attributes)
    with pytest.raises(JournalDamaged):
        journal_store.read_all(stored(json.dumps(value).encode()))


@given(st.binary(max_size=200))
def test_no_bytes_crash_it(data: bytes) -> None:
    with pytest.raises(GuestfixError):
        journal_store.read_all(stored(data))


def test_a_journal_too_large_to_be_one_or_of_another_kind_is_refused() -> None:
    with pytest.raises(JournalDamaged):
        journal_store.read_all(stored(b" " * (5 << 20)))
    guest = MemoryGuest()
    guest.add_other(PLACE)
    with pytest.raises(JournalDamaged):
        journal_store.read_all(guest)


def test_more_journals_than_anybody_writes_are_refused() -> None:
    guest = MemoryGuest({f"{FOLDER}/{number:04d}.json": "" for number in range(1, 1003)})
    with pytest.raises(JournalDamaged, match="1002"):
        journal_store.read_all(guest)


def test_a_directory_that_cannot_be_made_is_said_and_leaves_nothing() -> None:
    guest = MemoryGuest({"/var/lib/guestfix": "a file"})
    before = guest.snapshot()
    with pytest.raises(JournalImpossible):
        journal_store.prepare(guest, FOLDER)
    assert guest.snapshot() == before
    guest = MemoryGuest(directories=["/var/lib"], file_system=FileSystem(read_only=True))
    with pytest.raises(JournalImpossible) as caught:
        journal_store.prepare(guest, FOLDER)
    assert "read-only" in str(caught.value)


def test_a_journal_beyond_the_limit_is_not_begun() -> None:
    guest = MemoryGuest(directories=[FOLDER])
    with pytest.raises(JournalImpossible):
        journal_store.write(guest, journal(1, details="x" * (5 << 20)), FOLDER)
    assert guest.files() == {}


def test_a_file_whose_attributes_cannot_be_recorded_is_refused() -> None:
    with pytest.raises(AttributeNotSupported):
        FileAttributes.of(Attributes(0, 0, 0, 0, 0, (("user.\udcff", b""),)))


def test_merging_goes_from_the_first_version_to_the_last() -> None:
    whole = merged(
        [
            journal(1, entry("/a", "1", "2"), entry("/b", None, "2"), entry("/c", "1", None), directories=("/d",)),
            journal(
                2,
                entry("/a", "2", "3", makes_original=False),
                entry("/b", "2", None, makes_original=False),
                entry("/c", None, "3", makes_original=False),
                directories=("/d", "/d/e"),
            ),
        ]
    )
    assert [(found.path, found.kind, found.before, found.after) for found in whole.entries] == [
        ("/a", EntryKind.REPLACED, version("1"), version("3")),
        ("/c", EntryKind.REPLACED, version("1"), version("3")),
    ]
    assert whole.number == 2
    assert whole.directories == ("/d", "/d/e")


def test_merging_starts_anew_after_a_path_was_gone_again() -> None:
    whole = merged(
        [
            journal(1, entry("/b", None, "2")),
            journal(2, entry("/b", "2", None, makes_original=False)),
            journal(3, entry("/b", "7", "8")),
        ]
    )
    assert [(found.before, found.original) for found in whole.entries] == [(version("7"), "/.b.guestfix-orig~")]


def test_merging_joins_flags() -> None:
    lifted = [(Lifted(path="/x", letters="a"),), (Lifted(path="/x", letters="i"), Lifted(path="/", letters="a"))]
    whole = merged([journal(1, lifted=lifted[0]), journal(2, lifted=lifted[1])])
    assert {found.path: found.letters for found in whole.lifted} == {"/x": "ai", "/": "a"}
