"""Does revert bring back every byte, and refuse where somebody's work would be lost?"""

from __future__ import annotations

import hashlib
from itertools import count

import pytest
from pydantic import JsonValue

from guestfix import journal_store, recovery
from guestfix.apply import apply
from guestfix.changes import Before, Change, Extended, Whole
from guestfix.guest.memory import MemoryGuest
from guestfix.guest.memory_tree import FileSystem, Killed, Record
from guestfix.journal import Journal, State
from guestfix.journal_store import UnfinishedRun
from guestfix.recovery import Action, ChangedSince, recover
from guestfix.revert import NothingToRevert, OriginalLost, revert
from guestfix.undo import RestoreFailed


def change(guest: MemoryGuest, path: str, after: bytes | Extended | None) -> Change:
    found = guest.files().get(path)
    return Change(
        path=path,
        rules=("linux/test",),
        reason="a test",
        before=None if found is None else Before(size=len(found), sha256=hashlib.sha256(found).hexdigest()),
        after=Whole(data=after) if isinstance(after, bytes) else after,
    )


def run(guest: MemoryGuest, *changes: Change) -> Journal:
    journal = apply(guest, changes, target="kvm", plan="plan-1")
    assert journal is not None
    return journal


def linux(file_system: FileSystem | None = None) -> MemoryGuest:
    guest = MemoryGuest(
        {"/etc/fstab": "a", "/etc/hosts": "b", "/etc/rules": "c", "/boot/initrd": b"d" * 9000},
        directories=["/var/lib"],
        file_system=file_system,
    )
    fstab = guest.add_file("/etc/fstab", "a", mode=0o600, letters="i")
    fstab.mtime_ns, fstab.uid, fstab.xattrs = 12_345, 9, {"security.selinux": b"x\0"}
    guest.add_directory("/etc").letters = "a"
    return guest


def first(guest: MemoryGuest) -> None:
    run(
        guest,
        change(guest, "/etc/fstab", b"A"),
        change(guest, "/etc/rules", None),
        change(guest, "/boot/initrd", Extended(tail=b"x", listing=())),
        change(guest, "/etc/new/dir/made", b"made"),
        change(guest, "/etc/also-made", b"made too"),
    )


def second(guest: MemoryGuest) -> None:
    run(
        guest,
        change(guest, "/etc/fstab", b"AA"),
        change(guest, "/etc/rules", b"made anew"),
        change(guest, "/etc/new/dir/made", b"made again"),
        change(guest, "/etc/also-made", None),
        change(guest, "/etc/hosts", None),
    )


@pytest.mark.parametrize("hard_links", [True, False])
@pytest.mark.parametrize("runs", [(first,), (first, second)])
def test_everything_is_as_it_was(hard_links: bool, runs: tuple[object, ...]) -> None:
    guest = linux(FileSystem(hard_links=hard_links))
    before = guest.snapshot()
    for each in runs:
        assert callable(each)
        each(guest)
    report = revert(guest)
    assert guest.snapshot() == before
    assert report.runs == len(runs)
    assert set(report.restored) >= {"/etc/fstab", "/etc/rules", "/boot/initrd"}
    assert "/etc/new/dir/made" in report.removed
    assert not report.lost
    with pytest.raises(NothingToRevert):
        revert(guest)


def test_a_path_made_moved_aside_and_made_by_somebody_else_gets_its_own_original() -> None:
    guest = linux()
    run(guest, change(guest, "/etc/x", b"ours"))
    run(guest, change(guest, "/etc/x", None))
    guest.add_file("/etc/x", "theirs")
    before = guest.snapshot()["/etc/x"]
    run(guest, change(guest, "/etc/x", b"ours again"))
    revert(guest)
    assert guest.snapshot()["/etc/x"] == before


def test_names_that_are_not_utf8_come_back_too() -> None:
    name = "/etc/b\udcff"  # os.fsdecode(b"/etc/b\xff")
    guest = linux()
    guest.add_file(name, "before", mode=0o600).xattrs = {"security.selinux": bytes(range(256))}
    before = guest.snapshot()
    details: JsonValue = {"findings": [{"evidence": [{"path": name}]}]}
    assert apply(guest, [change(guest, name, b"after")], target="kvm", plan="1", details=details)
    assert guest.files()[name] == b"after"
    assert len(journal_store.read_all(guest)) == 1
    revert(guest)
    assert guest.snapshot() == before


def test_directories_that_hold_other_files_stay() -> None:
    guest = linux()
    first(guest)
    guest.add_file("/etc/new/theirs", "x")
    report = revert(guest)
    assert report.directories_kept == ("/etc/new",)
    assert guest.files()["/etc/new/theirs"] == b"x"
    assert "/etc/new/dir" not in guest.snapshot()


def test_all_that_the_guest_changed_is_named_and_nothing_is_touched() -> None:
    guest = linux()
    first(guest)
    guest._own("/etc/fstab").data = b"B"
    guest._own("/boot/initrd").mode = 0o600
    guest.add_file("/etc/rules", "written by somebody")
    before = guest.snapshot()
    with pytest.raises(ChangedSince) as caught:
        revert(guest)
    assert guest.snapshot() == before
    for words in ("/etc/fstab (its content differs)", "/boot/initrd (its mode", "/etc/rules (it exists"):
        assert words in str(caught.value)
    assert "--force" in caught.value.hint


def test_force_puts_the_originals_back_all_the_same() -> None:
    guest = linux()
    before = guest.snapshot()
    first(guest)
    guest._own("/etc/fstab").data = b"B"
    guest.lift_protection("/etc")
    guest.remove("/etc/also-made")
    guest.restore_protection("/etc", "a")
    revert(guest, force=True)
    assert guest.snapshot() == before


def test_a_file_touched_without_a_change_is_no_obstacle() -> None:
    guest = linux()
    before = guest.snapshot()
    first(guest)
    guest._own("/etc/fstab").mtime_ns += 1
    revert(guest)
    assert guest.snapshot() == before


def test_an_attribute_that_the_guest_changed_on_the_original_comes_back() -> None:
    guest = linux()
    before = guest.snapshot()
    first(guest)
    guest._own("/etc/.fstab.guestfix-orig~").xattrs["security.selinux"] = b"relabelled\0"
    revert(guest)
    assert guest.snapshot() == before


@pytest.mark.parametrize("spoil", ["removed", "changed"])
def test_a_lost_original_is_said_and_forced_past(spoil: str) -> None:
    guest = linux()
    first(guest)
    if spoil == "removed":
        del guest._directory("/boot/initrd").entries[".initrd.guestfix-orig~"]
    else:
        guest._own("/boot/.initrd.guestfix-orig~").data = b"spoilt"
    now = guest.snapshot()
    with pytest.raises(OriginalLost, match="/boot/initrd"):
        revert(guest)
    assert guest.snapshot() == now
    report = revert(guest, force=True)
    assert report.lost == ("/boot/initrd",)
    assert guest.files()["/boot/initrd"] == b"d" * 9000 + b"x"
    assert guest.files()["/etc/fstab"] == b"a"
    assert not journal_store.read_all(guest)


def test_somebody_already_put_the_original_back_by_hand() -> None:
    guest = linux()
    before = guest.snapshot()
    run(guest, change(guest, "/boot/initrd", b"new"))
    guest.rename("/boot/.initrd.guestfix-orig~", "/boot/initrd")
    revert(guest)
    assert guest.snapshot() == before


def test_what_cannot_be_put_back_is_named_and_the_rest_is_done_and_it_can_be_tried_again() -> None:
    guest = linux()
    before = guest.snapshot()
    first(guest)
    guest._own("/boot/.initrd.guestfix-orig~").letters = "i"
    with pytest.raises(RestoreFailed, match="/boot/initrd"):
        revert(guest)
    assert guest.files()["/etc/fstab"] == b"a"
    with pytest.raises(UnfinishedRun):
        revert(guest)
    guest._own("/boot/.initrd.guestfix-orig~").letters = ""
    recovered = recover(guest)
    assert recovered is not None
    assert recovered.action is Action.REVERTED
    assert guest.snapshot() == before


@pytest.mark.exhaustive
@pytest.mark.parametrize("hard_links", [True, False])
def test_killed_at_any_operation_the_next_run_goes_on(hard_links: bool) -> None:
    def applied() -> tuple[MemoryGuest, dict[str, Record]]:
        guest = linux(FileSystem(hard_links=hard_links))
        before = guest.snapshot()
        first(guest)
        second(guest)
        guest.operations = 0
        return guest, before

    for at in count():
        guest, before = applied()
        now = guest.snapshot()
        guest.fail_after = at
        try:
            revert(guest)
        except Killed:
            guest.revive()
        else:
            break
        recovered = recover(guest)
        if recovered is None or recovered.action is Action.CLEARED:
            assert guest.snapshot() in (before, now), at
        else:
            assert recovered.action is Action.REVERTED
            assert guest.snapshot() == before, at
        for again in count(1):
            guest, before = applied()
            guest.fail_after = at
            with pytest.raises(Killed):
                revert(guest)
            guest.fail_after = guest.operations + again
            try:
                recover(guest)
            except Killed:
                guest.revive()
                recover(guest)
                if not journal_store.read_all(guest):
                    assert guest.snapshot() == before, (at, again)
            else:
                break
    assert at > 15


def killed(guest: MemoryGuest, at: int) -> None:
    guest.fail_after = at
    with pytest.raises(Killed):
        run(guest, change(guest, "/boot/initrd", b"new"))
    guest.revive()


def killed_at_the_rename(guest: MemoryGuest) -> None:
    """Die with the new file in its place and the journal still saying `begun`."""
    for at in count():
        trial = linux()
        killed(trial, at)
        if trial.files()["/boot/initrd"] == b"new":
            killed(guest, at)
            return


def test_apply_and_revert_wait_for_recovery() -> None:
    guest = linux()
    killed_at_the_rename(guest)
    with pytest.raises(UnfinishedRun):
        revert(guest)
    with pytest.raises(UnfinishedRun):
        run(guest, change(guest, "/etc/hosts", b"x"))
    found = journal_store.unfinished(guest)
    assert found is not None
    assert found.state is State.BEGUN


def test_recovery_does_not_throw_away_what_the_guest_wrote_in_between() -> None:
    guest = linux()
    killed_at_the_rename(guest)
    guest._own("/boot/initrd").data = b"a kernel update ran"
    before = guest.snapshot()
    with pytest.raises(ChangedSince, match="/boot/initrd"):
        recover(guest)
    assert guest.snapshot() == before
    assert recover(guest, force=True) is not None
    assert guest.files()["/boot/initrd"] == b"d" * 9000


def test_a_guest_without_a_journal_needs_no_recovery() -> None:
    guest = linux()
    assert recovery.recover(guest) is None
    assert guest.operations == 0
