"""Killed at any operation, and again while it recovers: is nothing lost, and is the guest whole afterwards?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count

import pytest

from guestfix import journal_store, recovery
from guestfix.changes import Change
from guestfix.guest.memory import MemoryGuest
from guestfix.guest.memory_tree import FileSystem, Killed, Record
from guestfix.journal import Journal, State
from guestfix.readback import verify

from .apply_cases import FOLDER, change, contents, every_kind, linux, protected, protected_changes, run


def nothing_lost(guest: MemoryGuest, before: Mapping[str, Record]) -> bool:
    """Whether some name holds each old content; once all is in its place, what no original is of may go."""
    newest = this_run(guest, before)
    if newest is not None and newest.state in {State.WRITTEN, State.DONE}:
        return True
    return set(contents(before).values()) <= set(contents(guest.snapshot()).values())


def this_run(guest: MemoryGuest, before: Mapping[str, Record]) -> Journal | None:
    """The journal that was not there before, if there is one."""
    journals = journal_store.read_all(guest)
    earlier = sum(path.startswith(FOLDER + "/0") for path in before)
    return journals[-1] if len(journals) > earlier else None


def whole(guest: MemoryGuest, before: Mapping[str, Record]) -> bool:
    """Whether the guest is as it was before, or as it is after a run that went through."""
    journal = this_run(guest, before)
    if journal is None:
        return guest.snapshot() == before
    verify(guest, journal)
    return journal.state is State.DONE


Case = tuple[Callable[[], MemoryGuest], Callable[[MemoryGuest], list[Change]]]


def fat() -> MemoryGuest:
    return linux(file_system=FileSystem(hard_links=False))


def applied_before() -> MemoryGuest:
    guest = linux()
    run(guest, change(guest, "/etc/fstab", b"first\n"), change(guest, "/etc/made", b"made"))
    guest.operations = 0
    return guest


def second_changes(guest: MemoryGuest) -> list[Change]:
    return [
        change(guest, "/etc/fstab", b"second\n"),
        change(guest, "/etc/made", None),
        change(guest, "/etc/hosts", b"h"),
    ]


CASES: dict[str, Case] = {
    "ext4": (linux, every_kind),
    "fat": (fat, every_kind),
    "protected": (protected, protected_changes),
    "second run": (applied_before, second_changes),
}


@pytest.mark.parametrize("case", CASES)
def test_killed_at_any_operation_nothing_is_lost_and_the_next_run_makes_it_whole(case: str) -> None:
    make, plan = CASES[case]
    finished = 0
    for at in count():
        guest = make()
        before = guest.snapshot()
        changes = plan(guest)
        guest.fail_after = at
        try:
            run(guest, *changes)
        except Killed:
            pass
        else:
            assert at > 15
            break
        guest.revive()
        assert nothing_lost(guest, before), at
        recovered = recovery.recover(guest)
        finished += recovered is not None and recovered.action is recovery.Action.FINISHED
        assert whole(guest, before), at
        assert recovery.recover(guest) is None
        assert not [path for path in guest.files() if path.endswith(("guestfix-new~", "guestfix-old~"))]
    assert finished or case in {"ext4", "fat"}


@pytest.mark.exhaustive
@pytest.mark.parametrize("case", CASES)
def test_killed_again_while_it_recovers(case: str) -> None:
    make, plan = CASES[case]
    for at in count():
        guest = make()
        guest.fail_after = at
        try:
            run(guest, *plan(guest))
        except Killed:
            pass
        else:
            break
        for again in count(1):
            trial = make()
            before = trial.snapshot()
            trial.fail_after = at
            with pytest.raises(Killed):
                run(trial, *plan(trial))
            trial.fail_after = trial.operations + again
            try:
                recovery.recover(trial)
            except Killed:
                trial.revive()
                assert nothing_lost(trial, before), (at, again)
                recovery.recover(trial)
                assert whole(trial, before), (at, again)
            else:
                break
