"""Does apply keep every original, change nothing else, and take back what it cannot finish?"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

import pytest

from guestfix import journal_store, recovery
from guestfix.apply import apply
from guestfix.changes import Extended
from guestfix.errors import Cancelled
from guestfix.guest.errors import NoSpace
from guestfix.guest.memory import MemoryGuest
from guestfix.journal import EntryKind, State
from guestfix.progress import Cancel, Progress
from guestfix.readback import ReadBackFailed

from .apply_cases import LABEL, change, every_kind, linux, protected, protected_changes, run


def test_a_replaced_file_keeps_all_but_its_content_and_its_original_is_the_old_inode() -> None:
    guest = linux()
    before = guest.snapshot()["/etc/fstab"]
    run(guest, change(guest, "/etc/fstab", b"UUID=1 / ext4\n"))
    after = guest.snapshot()
    assert after["/etc/fstab"].data == b"UUID=1 / ext4\n"
    assert after["/etc/fstab"].attributes == before.attributes
    assert after["/etc/.fstab.guestfix-orig~"] == before


def test_only_the_planned_paths_differ() -> None:
    guest = linux()
    before = guest.snapshot()
    run(guest, *every_kind(guest))
    after = guest.snapshot()
    differing = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert differing == {
        "/etc/fstab",
        "/etc/.fstab.guestfix-orig~",
        "/boot/initrd.img-6.1",
        "/boot/.initrd.img-6.1.guestfix-orig~",
        "/etc/udev/rules.d/70-persistent-net.rules",
        "/etc/udev/rules.d/.70-persistent-net.rules.guestfix-orig~",
        "/etc/NetworkManager/new",
        "/etc/NetworkManager/new/deep",
        "/etc/NetworkManager/new/deep/dhcp.nmconnection",
        "/var/lib/guestfix",
        "/var/lib/guestfix/journal",
        "/var/lib/guestfix/journal/0001.json",
    }


def test_extended_content_is_the_old_bytes_and_the_tail() -> None:
    guest = linux()
    run(guest, change(guest, "/boot/initrd.img-6.1", Extended(tail=b"tail", listing=())))
    assert guest.files()["/boot/initrd.img-6.1"] == b"cpio" * 3000 + b"tail"


def test_a_created_file_is_root_s_with_its_mode_and_its_directory_s_label() -> None:
    guest = linux()
    run(guest, *every_kind(guest))
    attributes = guest.attributes("/etc/NetworkManager/new/deep/dhcp.nmconnection")
    assert (attributes.uid, attributes.gid, attributes.mode) == (0, 0, 0o600)
    assert attributes.xattrs == (LABEL,)
    assert guest.attributes("/etc/NetworkManager/new").xattrs == (LABEL,)
    assert attributes.mtime_ns == int(datetime(2026, 1, 2, 3, 4, 4, tzinfo=UTC).timestamp()) * 10**9


def test_the_journal_in_the_guest_is_the_one_that_is_returned() -> None:
    guest = linux()
    journal = run(guest, *every_kind(guest))
    assert journal_store.read_all(guest) == (journal,)
    assert journal.state is State.DONE
    assert [entry.kind for entry in journal.entries] == [
        EntryKind.REPLACED,
        EntryKind.REPLACED,
        EntryKind.MOVED_ASIDE,
        EntryKind.CREATED,
    ]
    assert journal.directories == ("/etc/NetworkManager/new", "/etc/NetworkManager/new/deep")
    assert guest.attributes("/var/lib/guestfix").mode == 0o700


def test_nothing_to_do_touches_nothing() -> None:
    guest = linux()
    before = guest.snapshot()
    assert apply(guest, [], target="kvm", plan="p") is None
    assert guest.snapshot() == before
    assert guest.operations == 0


def test_a_guest_without_var_lib_gets_one_and_the_journal_says_so() -> None:
    guest = MemoryGuest({"/etc/fstab": "x"})
    journal = run(guest, change(guest, "/etc/fstab", b"y"))
    assert journal.directories == ("/var", "/var/lib")


def test_protected_files_are_changed_and_protected_again() -> None:
    guest = protected()
    run(guest, *protected_changes(guest))
    after = guest.snapshot()
    assert after["/etc/resolv.conf"].data == b"nameserver 10.0.0.2\n"
    assert {path: record.letters for path, record in after.items() if record.letters} == {
        "/etc/resolv.conf": "i",
        "/etc/append": "a",
        "/etc/append/log": "a",
        "/etc/fixed": "i",
    }


def test_flags_are_not_asked_for_unless_something_is_refused() -> None:
    asked: list[str] = []

    class Counting(MemoryGuest):
        def protection(self, path: str) -> str:
            asked.append(path)
            return super().protection(path)

    guest = Counting({"/etc/fstab": "x"}, directories=["/var/lib"])
    run(guest, change(guest, "/etc/fstab", b"y"))
    assert asked == []


def test_other_hard_links_keep_the_old_content() -> None:
    guest = linux()
    guest.link("/etc/hosts", "/etc/hosts.same")
    run(guest, change(guest, "/etc/hosts", b"new"))
    assert guest.files()["/etc/hosts.same"] == b"untouched\n"


def test_a_second_apply_keeps_the_first_original() -> None:
    guest = linux()
    before = guest.snapshot()["/etc/fstab"]
    run(guest, change(guest, "/etc/fstab", b"one"))
    second = run(guest, change(guest, "/etc/fstab", b"two"), change(guest, "/etc/hosts", b"h"))
    assert second.number == 2
    assert guest.snapshot()["/etc/.fstab.guestfix-orig~"] == before
    assert guest.files()["/etc/fstab"] == b"two"
    assert not [path for path in guest.files() if path.endswith(("guestfix-old~", "guestfix-new~"))]


def test_what_an_earlier_run_made_gets_no_original() -> None:
    guest = linux()
    run(guest, change(guest, "/etc/made", b"one"))
    run(guest, change(guest, "/etc/made", b"two"))
    assert "/etc/.made.guestfix-orig~" not in guest.files()


def test_progress_names_each_path() -> None:
    guest = linux()
    heard: list[tuple[str, str]] = []
    apply(
        guest,
        every_kind(guest),
        target="kvm",
        plan="p",
        progress=Progress(lambda stage: heard.append((stage.name, stage.detail))),
    )
    assert ("write", "/etc/fstab") in heard
    assert heard[-1] == ("put in place", "")


def test_it_is_synced_before_names_change_and_before_it_is_called_done() -> None:
    guest = linux()
    run(guest, change(guest, "/etc/fstab", b"y"))
    assert guest.syncs == 4


def test_a_file_system_that_fills_up_under_way_is_taken_back() -> None:
    class Shrinking(MemoryGuest):
        """Another writer takes the room that was there when it was asked for."""

        def append(self, path: str, data: bytes) -> None:
            self.file_systems[1].capacity = 1
            super().append(path, data)

    guest = Shrinking({"/etc/fstab": "x", "/boot/initrd": "i"}, directories=["/var/lib"])
    before = guest.snapshot()
    with pytest.raises(NoSpace):
        run(
            guest,
            change(guest, "/etc/fstab", b"y"),
            change(guest, "/boot/initrd", Extended(tail=b"z", listing=())),
        )
    assert guest.snapshot() == before


def test_a_disk_that_gives_other_bytes_is_noticed_and_taken_back() -> None:
    class Lying(MemoryGuest):
        def read_at(self, path: str, offset: int, length: int) -> bytes:
            data = super().read_at(path, offset, length)
            return data.replace(b"U", b"V") if "guestfix-new" in path else data

    guest = Lying({"/etc/fstab": "x"}, directories=["/var/lib"])
    before = guest.snapshot()
    with pytest.raises(ReadBackFailed, match="content differs"):
        run(guest, change(guest, "/etc/fstab", b"UUID=1"))
    assert guest.snapshot() == before


def test_a_cancelled_run_is_taken_back() -> None:
    guest = linux()
    before = guest.snapshot()
    cancel = Cancel()
    cancel.cancel()
    with pytest.raises(Cancelled):
        run(guest, *every_kind(guest), cancel=cancel)
    assert guest.snapshot() == before


def test_ctrl_c_at_any_operation_is_taken_back() -> None:
    class Interrupted(MemoryGuest):
        interrupt_at = -1

        def _step(self, path: str, device: int) -> None:
            super()._step(path, device)
            if self.operations == self.interrupt_at:
                raise KeyboardInterrupt

    for at in count(1):
        guest = Interrupted({"/etc/fstab": "x", "/etc/hosts": "h"}, directories=["/var/lib"])
        guest.interrupt_at = at
        before = guest.snapshot()
        try:
            run(guest, change(guest, "/etc/fstab", b"y"), change(guest, "/etc/hosts", None))
        except KeyboardInterrupt:
            recovery.recover(guest)
            assert guest.snapshot() == before, at
        else:
            break
    assert at > 10
