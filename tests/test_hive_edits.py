"""A hive on its way through plan, apply, kill, recovery and revert, in a guest in memory."""

from __future__ import annotations

import hashlib

import pytest

from guestfix import journal_store
from guestfix.apply import apply
from guestfix.changes import Before, Change, HiveEdited
from guestfix.guest.memory import MemoryGuest
from guestfix.guest.memory_tree import Killed
from guestfix.preflight import GuestChanged
from guestfix.recovery import recover
from guestfix.registry import Hive, ValueType
from guestfix.registry.document import HiveDocument
from guestfix.registry.errors import HiveUnclean
from guestfix.registry.reg_text import parse
from guestfix.registry.values import dword
from guestfix.registry.writer import write
from guestfix.revert import revert

SYSTEM = "/WINDOWS/system32/config/system"
HIVE = write(parse('[ControlSet001\\Services\\disk]\n"Start"=dword:3\n[Select]\n"Current"=dword:1\n'))


def windows(data: bytes = HIVE) -> MemoryGuest:
    return MemoryGuest({SYSTEM: data, "/WINDOWS/explorer.exe": "MZ"})


def change(data: bytes = HIVE, number: int = 0) -> Change:
    document = HiveDocument(Hive.of(data))
    document = document.set_value("ControlSet001\\Services\\disk", "Start", ValueType.DWORD, dword(number))
    document = document.create_key("ControlSet001\\Services\\new").delete_key("Select")
    return Change(
        path=SYSTEM,
        rules=("windows/test",),
        reason="a test",
        before=Before(size=len(data), sha256=hashlib.sha256(data).hexdigest()),
        after=HiveEdited(operations=document.operations),
    )


def run(guest: MemoryGuest, *changes: Change) -> None:
    assert apply(guest, changes, target="kvm", plan="p") is not None


def test_the_hive_holds_the_edit_its_original_is_beside_it_and_revert_gives_it_back() -> None:
    guest = windows()
    began = guest.files()
    run(guest, change())
    hive = Hive.of(guest.read(SYSTEM))
    key = hive.key("controlset001\\services\\disk")
    assert key is not None
    assert key.number("Start") == 0
    assert hive.key("Select") is None
    assert guest.read("/WINDOWS/system32/config/.system.guestfix-orig~") == HIVE
    assert guest.names("/WINDOWS/guestfix/journal") == ("0001.json",)
    revert(guest)
    assert guest.files() == began


def test_a_second_run_edits_what_the_first_left_and_revert_goes_to_the_beginning() -> None:
    guest = windows()
    began = guest.files()
    run(guest, change())
    run(guest, change(guest.read(SYSTEM), number=2))
    key = Hive.of(guest.read(SYSTEM)).key("ControlSet001\\Services\\disk")
    assert key is not None
    assert key.number("Start") == 2
    revert(guest)
    assert guest.files() == began


def test_killed_at_any_operation_the_hive_is_whole_and_can_be_given_back() -> None:
    for step in range(200):
        guest = windows()
        began = guest.files()
        guest.fail_after = step
        try:
            run(guest, change())
        except Killed:
            guest.revive()
        else:
            assert step > 10
            return
        Hive.of(guest.read(SYSTEM)).check_bins()
        recover(guest)
        if guest.files() != began:
            revert(guest)
        assert guest.files() == began, step
    pytest.fail("it never came to its end")


def test_a_hive_that_changed_since_the_plan_is_not_touched() -> None:
    guest = windows(write(parse('[Other]\n"a"=dword:1\n')) + b"\0")
    with pytest.raises(GuestChanged):
        run(guest, change())


def test_an_unclean_hive_is_refused_before_anything_is_written() -> None:
    unclean = bytearray(HIVE)
    unclean[4] ^= 1
    data = bytes(unclean)
    guest = windows(data)
    began = guest.files()
    with pytest.raises(HiveUnclean):
        run(guest, change(data))
    assert guest.files() == began


@pytest.mark.parametrize(
    ("files", "folder"),
    [
        ({"/WINDOWS/system32/config/system": ""}, "/WINDOWS/guestfix/journal"),
        ({"/WINNT/System32/config/SYSTEM": ""}, "/WINNT/guestfix/journal"),
        ({"/Windows/System32/config/SYSTEM": "", "/etc/fstab": ""}, "/var/lib/guestfix/journal"),
        ({"/Windows/notes.txt": ""}, "/var/lib/guestfix/journal"),
        ({}, "/var/lib/guestfix/journal"),
    ],
)
def test_the_journal_is_where_the_system_is(files: dict[str, str], folder: str) -> None:
    assert journal_store.folder_of(MemoryGuest(files)) == folder
