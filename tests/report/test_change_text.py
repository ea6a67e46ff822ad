from __future__ import annotations

from collections.abc import Callable

import pytest

from guestfix.changes import Before, Change, Extended, HiveEdited, Whole
from guestfix.registry.operations import CreateKey, DeleteKey, DeleteValue, SetValue, Stored
from guestfix.report.change_text import change_section, what_happens
from guestfix.report.diff import FULL, Limits
from guestfix.report.plain import plain

HOSTILE = "\x1b[2J[red]\u202e<script>"


def test_every_kind_of_change(changes: tuple[Change, ...], golden: Callable[[str, str], None]) -> None:
    golden("changes.txt", plain(tuple(change_section(change, FULL) for change in changes)))


def test_a_created_file_names_its_mode(changes: tuple[Change, ...]) -> None:
    assert what_happens(changes[1]) == "created, mode 0600"


def test_an_empty_created_file_says_so() -> None:
    change = Change(path="/etc/empty", rules=("a",), reason="r", before=None, after=Whole(data=b""))
    assert "The file is empty." in plain((change_section(change, FULL),))


def test_a_change_that_changes_nothing_is_not_hidden() -> None:
    before = Before(size=2, sha256="", data=b"a\n")
    change = Change(path="/etc/same", rules=("a",), reason="r", before=before, after=Whole(data=b"a\n"))
    assert "The content stays as it is." in plain((change_section(change, FULL),))


def test_a_long_listing_is_cut() -> None:
    listing = tuple(f"+ -rw-r--r-- 1 {number}.ko" for number in range(10))
    change = Change(
        path="/boot/initrd.img",
        rules=("a",),
        reason="r",
        before=Before(size=1024, sha256=""),
        after=Extended(tail=b"x" * 1024, listing=listing),
    )
    text = plain((change_section(change, Limits(lines=2, columns=80)),))
    assert text.splitlines()[-4:] == [
        "  + -rw-r--r-- 1 0.ko",
        "  + -rw-r--r-- 1 1.ko",
        "  (8 more entries not shown)",
        "  10 entries new or newer; 1 KiB become 2 KiB",
    ]


@pytest.mark.parametrize("field", ["path", "reason", "content", "listing"])
def test_guest_text_is_escaped_everywhere(field: str) -> None:
    after = Extended(tail=b"", listing=(HOSTILE,)) if field == "listing" else Whole(data=HOSTILE.encode())
    change = Change(
        path="/etc/" + HOSTILE,
        rules=("a",),
        reason=HOSTILE,
        before=Before(size=0, sha256="", data=b""),
        after=after,
    )
    text = plain((change_section(change, FULL),))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert r"\x1b[2J[red]\u202e<script>" in text


def test_edits_of_a_hive_read_like_a_reg_file() -> None:
    key = "ControlSet001\\Services\\disk"
    operations = (
        SetValue(key=key, name="Start", type=4, data=b"\0\0\0\0", was=Stored(type=4, data=b"\3\0\0\0")),
        DeleteValue(key=key, name=HOSTILE, was=Stored(type=1, data=b"x\0\0\0")),
        CreateKey(key="New"),
        DeleteKey(key=key + "\\Old", was=(f"[{key}\\Old]", '"a"=dword:00000001')),
    )
    change = Change(
        path="/Windows/System32/config/SYSTEM",
        rules=("a",),
        reason="r",
        before=Before(size=8192, sha256=""),
        after=HiveEdited(operations=operations),
    )
    lines = plain((change_section(change, FULL),)).splitlines()
    assert lines[-7:] == [
        "   [HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\disk]",
        '  -"Start"=dword:00000003',
        '  +"Start"=dword:00000000',
        '  -"\\x1b[2J[red]\\u202e<script>"="x"',
        "  +[HKEY_LOCAL_MACHINE\\SYSTEM\\New]",
        "  -[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\disk\\Old]",
        '  -"a"=dword:00000001',
    ]
    assert "\x1b" not in "".join(lines)
    cut = plain((change_section(change, Limits(lines=3, columns=200)),))
    assert cut.splitlines()[-1] == "  (4 more lines not shown)"
