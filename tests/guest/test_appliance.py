"""What only the appliance can show: FAT, a disk that is really full, a handle of the caller's, a dead daemon."""

from __future__ import annotations

import hashlib
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from guestfix.accel import usable_accelerator
from guestfix.apply import apply
from guestfix.changes import Before, Change, Whole
from guestfix.guest import launch
from guestfix.guest.appliance import ApplianceGuest
from guestfix.guest.appliance_reader import ApplianceReader
from guestfix.guest.errors import (
    ApplianceFailed,
    AttributeNotSupported,
    NoSpace,
    ReadOnlyFileSystem,
    WritesLost,
)
from guestfix.guest.protocol import Attributes
from guestfix.readback import verify
from guestfix.revert import revert

pytestmark = pytest.mark.appliance


def change(guest: ApplianceReader, path: str, after: bytes | None) -> Change:
    data = guest.read(path) if guest.status(path) else None
    return Change(
        path=path,
        rules=("r",),
        reason="t",
        before=None if data is None else Before(size=len(data), sha256=hashlib.sha256(data).hexdigest()),
        after=None if after is None else Whole(data=after),
    )


def test_fat_has_no_hard_links_and_is_changed_and_reverted_all_the_same(appliance: Any) -> None:
    guest = ApplianceGuest(appliance)
    guest.make_directory("/fat/EFI", 0o755)
    for name in ("grub.cfg", "old.cfg"):
        guest.write(f"/fat/EFI/{name}", [name.encode()])
    assert guest.link("/fat/EFI/grub.cfg", "/fat/EFI/linked") is False
    assert guest.protection("/fat/EFI/grub.cfg") == ""
    assert guest.attributes("/fat/EFI/grub.cfg").xattrs == ()
    before = {name: guest.attributes(f"/fat/EFI/{name}") for name in guest.names("/fat/EFI")}
    changes = [
        change(guest, "/fat/EFI/grub.cfg", b"new"),
        change(guest, "/fat/EFI/old.cfg", None),
        change(guest, "/fat/EFI/BOOT/made.cfg", b"made"),
    ]
    journal = apply(guest, changes, target="kvm", plan="p", folder="/fat-journal/guestfix/journal")
    assert journal is not None
    # Only a new mount shows what FAT keeps: access times have the precision of a day.
    appliance.umount("/fat")
    appliance.mount_options("rw,noatime", "/dev/sdb", "/fat")
    verify(guest, journal)
    assert guest.read("/fat/EFI/.grub.cfg.guestfix-orig~") == b"grub.cfg"
    revert(guest, folder="/fat-journal/guestfix/journal")
    assert {name: guest.attributes(f"/fat/EFI/{name}") for name in guest.names("/fat/EFI")} == before
    assert guest.read("/fat/EFI/grub.cfg") == b"grub.cfg"
    assert guest.status("/fat-journal") is None


def test_a_full_disk_and_a_read_only_one_are_told_apart(appliance: Any) -> None:
    guest = ApplianceGuest(appliance)
    guest.write("/small/file", [b"x"])
    room = guest.space("/small")
    big = change(guest, "/small/file", b"x" * (room.free_bytes + 1))
    with pytest.raises(NoSpace):
        apply(guest, [big], target="kvm", plan="p")
    with pytest.raises(NoSpace):
        guest.write("/small/big", (b"x" * (1 << 20) for _ in range(16)))
    guest.remove("/small/big")
    appliance.remount("/small", rw=False)
    assert guest.space("/small").read_only
    with pytest.raises(ReadOnlyFileSystem):
        guest.write("/small/new", [b""])
    with pytest.raises(ReadOnlyFileSystem):
        apply(guest, [change(guest, "/small/file", b"y")], target="kvm", plan="p")
    appliance.remount("/small", rw=True)
    assert guest.names("/small") == ("file", "lost+found")


def test_a_value_that_libguestfs_cannot_say_is_refused_not_cut_off(appliance: Any) -> None:
    guest = ApplianceGuest(appliance)
    guest.write("/binary", [b""])
    for value in (b"a\0b", b"\xff"):
        with pytest.raises(AttributeNotSupported):
            guest.set_attributes("/binary", Attributes(0, 0, 0o644, 0, 0, (("user.x", value),)))
    assert guest.attributes("/binary").xattrs == ()


def test_sync_can_be_left_to_the_unmount(appliance: Any) -> None:
    ApplianceGuest(appliance).sync()
    ApplianceGuest(appliance, sync_when_asked=False).sync()


@pytest.fixture
def doomed(tmp_path: Path, appliance: Any) -> Any:
    """An appliance of its own, whose QEMU was killed; `appliance` is asked for so that the two start in turn."""
    image = tmp_path / "x.img"
    with image.open("wb") as file:
        file.truncate(1 << 20)
    lines: list[str] = []
    handle = launch.launch(
        [launch.Drive(image, "raw")], accelerator=usable_accelerator().name, memory_mib=512, trace=lines.append
    )
    assert any("launch" in line for line in lines)
    assert handle.get_network() == 0
    os.kill(handle.get_pid(), signal.SIGKILL)
    return handle


def test_an_appliance_that_dies_is_named_and_its_writes_are_not_taken_for_granted(doomed: Any) -> None:
    with pytest.raises(WritesLost) as caught:
        launch.close(doomed)
    assert caught.value.hint
    with pytest.raises(ApplianceFailed):
        ApplianceReader(doomed).names("/")


def test_every_call_to_an_appliance_that_died_says_so(doomed: Any) -> None:
    guest = ApplianceReader(doomed)
    for _ in range(3):
        with pytest.raises(ApplianceFailed):
            guest.status("/")
    doomed.close()


def test_a_missing_qemu_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = tmp_path / "x.img"
    image.write_bytes(b"\0" * 512)
    monkeypatch.setenv("LIBGUESTFS_HV", "/nonexistent/qemu-system-x86_64")
    with pytest.raises(ApplianceFailed) as caught:
        launch.launch([launch.Drive(image, "raw")], accelerator="tcg")
    assert "QEMU" in str(caught.value)
    assert caught.value.exit_status == 3


def test_an_image_that_is_in_use_or_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ApplianceFailed) as caught:
        launch.launch([launch.Drive(tmp_path / "missing", "raw")], accelerator="tcg")
    assert "missing" in str(caught.value) + caught.value.hint
