"""Does anything in a mounted guest lead out of it, block, or touch a device?"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from guestfix.guest import openat2
from guestfix.guest.directory import DirectoryGuest
from guestfix.guest.errors import GuestIOError, NoOpenat2, NotAFile, RootNotUsable
from guestfix.guest.protocol import Attributes, Kind

if TYPE_CHECKING:
    from .conftest import DirectoryWorld


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A directory beside the guest's root, with a file that must stay unread and untouched."""
    folder = tmp_path / "secret"
    folder.mkdir()
    (folder / "file").write_text("secret")
    return folder


def lures(world: DirectoryWorld, secret: Path) -> list[str]:
    """Links of every kind that lead to the secret directory if they are followed as the host does."""
    root = world.root
    (root / "etc").mkdir()
    (root / "etc" / "dots").symlink_to("../../../../../../../.." + str(secret))
    (root / "etc" / "beside").symlink_to("../../secret")
    (root / "etc" / "absolute").symlink_to(secret)
    (root / "etc" / "magic").symlink_to(f"/proc/{os.getpid()}/root{secret}")
    (root / "etc" / "twice").symlink_to("/etc/absolute")
    return ["/etc/dots", "/etc/beside", "/etc/absolute", "/etc/magic", "/etc/twice", f"/../{secret}", "/../secret"]


def test_no_link_leads_out_for_reading(directory_world: DirectoryWorld, secret: Path) -> None:
    guest = directory_world.guest
    for lure in lures(directory_world, secret):
        assert guest.status(f"{lure}/file") is None, lure
        assert guest.resolve(f"{lure}/file") is None
        assert guest.names(lure) == ()
        for ask in (guest.read, guest.attributes, guest.space, guest.protection):
            with pytest.raises(GuestIOError):
                ask(f"{lure}/file")


def test_no_link_leads_out_for_writing(directory_world: DirectoryWorld, secret: Path) -> None:
    guest = directory_world.guest
    (directory_world.root / "mine").write_text("mine")
    for lure in lures(directory_world, secret):
        for attempt in (
            lambda at: guest.write(f"{at}/new", [b"x"]),
            lambda at: guest.append(f"{at}/file", b"x"),
            lambda at: guest.copy("/mine", f"{at}/new"),
            lambda at: guest.copy(f"{at}/file", "/stolen"),
            lambda at: guest.link(f"{at}/file", "/stolen"),
            lambda at: guest.link("/mine", f"{at}/new"),
            lambda at: guest.rename(f"{at}/file", "/stolen"),
            lambda at: guest.rename("/mine", f"{at}/file"),
            lambda at: guest.remove(f"{at}/file"),
            lambda at: guest.make_directory(f"{at}/new", 0o755),
            lambda at: guest.remove_directory(at),
            lambda at: guest.set_attributes(f"{at}/file", Attributes(1, 1, 0o777, 0, 0)),
            lambda at: guest.restore_protection(f"{at}/file", "i"),
        ):
            with pytest.raises(GuestIOError):
                attempt(lure)
    assert sorted(path.name for path in secret.iterdir()) == ["file"]
    assert (secret / "file").read_text() == "secret"
    assert stat.S_IMODE((secret / "file").stat().st_mode) != 0o777
    assert not (directory_world.root / "stolen").exists()


def test_a_link_that_names_an_existing_path_of_the_host_means_the_guest_s_own(
    directory_world: DirectoryWorld, secret: Path
) -> None:
    root = directory_world.root
    (root / "link").symlink_to(secret)
    inside = root / str(secret).lstrip("/")
    inside.mkdir(parents=True)
    (inside / "file").write_text("inside")
    assert directory_world.guest.read("/link/file") == b"inside"
    directory_world.guest.write("/link/new", [b"x"])
    assert not (secret / "new").exists()
    assert (inside / "new").exists()


def test_a_magic_link_inside_the_root_is_refused() -> None:
    with DirectoryGuest("/proc/self") as guest:
        assert guest.status("/root/etc") is None
        assert guest.resolve("/cwd") is None
        assert guest.status("/status") is not None


def test_a_root_that_is_replaced_meanwhile_stays_the_one_that_was_opened(
    directory_world: DirectoryWorld, tmp_path: Path, secret: Path
) -> None:
    (directory_world.root / "file").write_text("guest")
    directory_world.root.rename(tmp_path / "moved")
    directory_world.root.symlink_to(secret)
    assert directory_world.guest.read("/file") == b"guest"


def test_devices_and_fifos_are_looked_at_only(directory_world: DirectoryWorld) -> None:
    root, guest = directory_world.root, directory_world.guest
    os.mkfifo(root / "fifo")
    os.mknod(root / "zero", stat.S_IFCHR | 0o600, os.makedev(1, 5))
    for path in ("/fifo", "/zero"):
        status = guest.status(path)
        assert status is not None
        assert status.kind is Kind.OTHER
        assert guest.names(path) == ()
        for ask in (guest.read, lambda at: guest.read_at(at, 0, 1), lambda at: guest.append(at, b"x")):
            with pytest.raises(NotAFile):
                ask(path)
        assert guest.protection(path) == ""


def test_reading_leaves_the_access_time(directory_world: DirectoryWorld) -> None:
    path = directory_world.root / "file"
    path.write_text("x")
    os.utime(path, ns=(1, 2))
    directory_world.guest.read("/file")
    directory_world.guest.read_at("/file", 0, 1)
    assert path.stat().st_atime_ns == 1


def test_the_host_s_own_root_can_be_a_guest() -> None:
    with DirectoryGuest("/") as guest:
        assert "etc" in guest.names("/")
        assert guest.resolve("/etc/../etc") == "/etc"


def test_sync_reaches_every_file_system_that_was_written(directory_world: DirectoryWorld) -> None:
    directory_world.guest.write("/file", [b"x"])
    directory_world.guest.sync()


@pytest.mark.parametrize("what", ["missing", "file"])
def test_a_root_that_is_no_directory_is_said(tmp_path: Path, what: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RootNotUsable) as caught:
        DirectoryGuest(tmp_path / what)
    assert caught.value.exit_status == 3
    assert caught.value.hint


def test_a_kernel_without_openat2_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openat2, "OPENAT2", 9999)  # a call that no kernel has
    with pytest.raises(NoOpenat2) as caught:
        DirectoryGuest(tmp_path)
    assert "5.6" in caught.value.hint
    assert caught.value.exit_status == 3
