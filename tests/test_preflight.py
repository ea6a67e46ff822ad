"""Is everything that stands in the way seen before the first byte is written?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from guestfix.changes import Change, Extended
from guestfix.errors import GuestfixError
from guestfix.guest.errors import NoSpace, ReadOnlyFileSystem
from guestfix.guest.memory import MemoryGuest
from guestfix.guest.memory_tree import FileSystem
from guestfix.guest.protocol import Space
from guestfix.preflight import BadChange, GuestChanged, NameTaken, OriginalMissing

from .apply_cases import change, every_kind, linux, run


def refused(guest: MemoryGuest, error: type[GuestfixError], *changes: Change) -> GuestfixError:
    before = guest.snapshot()
    with pytest.raises(error) as caught:
        run(guest, *changes)
    assert guest.snapshot() == before
    assert guest.operations == 0
    assert caught.value.hint or caught.type is BadChange
    return caught.value


def test_all_files_that_changed_since_the_plan_are_named() -> None:
    guest = linux()
    changes = every_kind(guest)
    guest.add_file("/etc/fstab", "/dev/sda2 / ext4\n")
    guest.add_file("/etc/udev/rules.d/70-persistent-net.rules", "longer than it was\n")
    guest.add_file("/etc/NetworkManager/new/deep/dhcp.nmconnection", "somebody else's")
    message = str(refused(guest, GuestChanged, *changes))
    assert "/etc/fstab holds something else now" in message
    assert "70-persistent-net.rules has another size now" in message
    assert "dhcp.nmconnection exists now" in message


def test_a_file_that_became_a_link_a_directory_or_vanished_is_refused() -> None:
    spoils: tuple[Callable[[MemoryGuest], object], ...] = (
        lambda guest: guest.add_symlink("/etc/fstab", "/etc/hosts"),
        lambda guest: guest.add_other("/etc/fstab"),
        lambda guest: guest.remove("/etc/fstab"),
    )
    for spoil in spoils:
        guest = linux()
        planned = change(guest, "/etc/fstab", b"y")
        spoil(guest)
        guest.operations = 0
        refused(guest, GuestChanged, planned)


def test_a_path_through_a_symbolic_link_is_refused() -> None:
    guest = MemoryGuest({"/usr/lib/x.conf": "x"}, symlinks={"/lib": "usr/lib"}, directories=["/var/lib"])
    planned = change(guest, "/usr/lib/x.conf", b"y").model_copy(update={"path": "/lib/x.conf"})
    refused(guest, GuestChanged, planned)


@pytest.mark.parametrize("path", ["etc/fstab", "/etc/../fstab", "/etc//fstab", "/", "/etc/fstab/", "/etc/./fstab"])
def test_a_path_that_is_not_plain_is_a_defect_of_the_plan(path: str) -> None:
    guest = linux()
    refused(guest, BadChange, change(guest, path, b"y"))


def test_one_path_twice_and_nothing_from_nothing_are_defects_of_the_plan() -> None:
    guest = linux()
    refused(guest, BadChange, change(guest, "/etc/fstab", b"y"), change(guest, "/etc/fstab", b"z"))
    refused(guest, BadChange, change(guest, "/etc/absent", None))
    refused(guest, BadChange, change(guest, "/etc/absent", Extended(tail=b"", listing=())))


@pytest.mark.parametrize("taken", ["orig", "new", "old"])
def test_names_that_somebody_else_took_are_not_overwritten(taken: str) -> None:
    guest = linux()
    guest.add_symlink(f"/etc/.fstab.guestfix-{taken}~", "/etc/hosts")
    refused(guest, NameTaken, change(guest, "/etc/fstab", b"y"))


def test_a_name_too_long_for_its_original_is_refused() -> None:
    guest = linux()
    fits, too_long = "/etc/" + "n" * 239, "/etc/" + "n" * 240
    refused(guest, NameTaken, change(guest, too_long, b"y"))
    run(guest, change(guest, fits, b"y"))


def test_an_original_that_vanished_is_missed_before_the_next_run() -> None:
    guest = linux()
    run(guest, change(guest, "/etc/fstab", b"one"))
    guest.remove("/etc/.fstab.guestfix-orig~")
    guest.operations = 0
    refused(guest, OriginalMissing, change(guest, "/etc/fstab", b"two"))


def test_a_full_file_system_is_seen_before_anything_is_written() -> None:
    guest = linux(file_system=FileSystem(capacity=100_000))
    error = refused(guest, NoSpace, change(guest, "/etc/fstab", b"y" * 60_000))
    assert "bytes to use" in str(error)


def test_a_full_boot_is_seen_though_the_root_has_room() -> None:
    guest = linux()
    guest.file_systems[2] = FileSystem(capacity=80_000)
    guest.add_directory("/boot").device = 2
    guest.add_file("/boot/initrd.img-6.1", b"cpio" * 3000).device = 2
    error = refused(guest, NoSpace, change(guest, "/boot/initrd.img-6.1", Extended(tail=b"x" * 9000, listing=())))
    assert "/boot/initrd.img-6.1" in str(error)


def test_two_images_that_fit_one_by_one_and_not_together_are_refused_at_once() -> None:
    guest = linux()
    guest.file_systems[2] = FileSystem(capacity=300_000)
    guest.add_directory("/boot").device = 2
    images = ["/boot/initrd.img-6.1", "/boot/initrd.img-6.5"]
    for path in images:
        guest.add_file(path, b"cpio" * 10_000).device = 2
    changes = [change(guest, path, Extended(tail=b"x" * 40_000, listing=())) for path in images]
    error = refused(guest, NoSpace, *changes)
    assert "/boot/initrd.img-6.1" in str(error)
    run(guest, changes[0])  # alone it fits


def test_no_inodes_left_is_seen_before_anything_is_written() -> None:
    guest = linux(file_system=FileSystem(inodes=20))
    refused(guest, NoSpace, *(change(guest, f"/etc/new{number}", b"") for number in range(10)))


def test_a_read_only_file_system_is_seen_before_anything_is_written() -> None:
    guest = linux(file_system=FileSystem(read_only=True))
    refused(guest, ReadOnlyFileSystem, change(guest, "/etc/fstab", b"y"))


def test_what_ext4_keeps_for_itself_is_no_room() -> None:
    """statfs(2) counts those blocks as free, and a write that needs them gets ENOSPC, root's too."""
    space = Space("/dev/sda1", 640 * 1024, 24576 * 1024, 6000, 6144, 1024, read_only=False)
    assert space.usable_bytes == 640 * 1024 - 24576 * 1024 // 50
    large = Space("/dev/sda1", 10 << 30, 100 << 30, 6000, 6144, 4096, read_only=False)
    assert large.usable_bytes == (10 << 30) - (16 << 20)
    full = Space("/dev/sda1", 4096, 100 << 30, 6000, 6144, 4096, read_only=False)
    assert full.usable_bytes == 0
