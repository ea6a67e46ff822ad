"""Every guest of test-images/: it fails on new hardware for want of drivers, is mended, answers, and is as it was.

`make test` mends each guest and boots it once; `make gallery` goes the whole way, and writes docs/gallery.md from
what the tests record here.
"""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import guestfix
from guestfix import Images, Knowledge, Plan
from guestfix.accel import usable_accelerator
from guestfix.boot import Hardware, Stage, Verdict, prove
from guestfix.boot.hardware import Disk, Firmware, Nic
from guestfix.bootable import bootable, usual_devices
from guestfix.disk_keys import parse_key
from guestfix.disks.formats import examine
from guestfix.guest import launch
from guestfix.guest.survey import mount_guest

from .conftest import copy_of

RECIPES = Path(__file__).resolve().parents[2] / "test-images" / "recipes"
NAMES = sorted(recipe.stem.replace("_", "-") for recipe in RECIPES.glob("[a-z]*.py"))
NEW_DISKS: tuple[Disk, ...] = ("nvme", "virtio-blk")
EMULATED = ("ec2-nitro", "gce", "openstack", "proxmox", "vmware")
"""Targets beside kvm whose disks are in QEMU; each is shown by the hardware that `boot` takes for it."""
INITRAMFS_RULES = ("linux/initramfs-tools", "linux/dracut")
Record = Callable[[str, object], None]

pytestmark = [pytest.mark.appliance, pytest.mark.images, pytest.mark.boot]
the_whole_way = pytest.mark.gallery


@dataclass(frozen=True)
class Guest:
    """One guest as its recipe describes it, and where its disks are."""

    images: tuple[Path, ...]
    keys: tuple[str, ...]
    firmware: Firmware
    old_disk: Disk

    @property
    def source(self) -> Images:
        return Images(self.images, format="raw", keys=tuple(map(parse_key, self.keys)))

    def copied(self, folder: Path) -> Guest:
        images = [copy_of(image, folder / f"disk-{number}") for number, image in enumerate(self.images, 1)]
        return Guest(tuple(images), self.keys, self.firmware, self.old_disk)

    def removed(self) -> None:
        for image in self.images:
            image.unlink()

    def boot(self, disk: Disk, nic: Nic = "virtio-net") -> Verdict:
        with bootable(self.source) as found:
            return prove(found.disks, Hardware(disk, nic, self.firmware))


@pytest.fixture(scope="module", params=NAMES)
def guest(request: pytest.FixtureRequest, described: Callable[[str], dict[str, Any]]) -> Guest:
    said = described(request.param)
    images = tuple(map(Path, said["images"]))
    return Guest(images, tuple(said["keys"]), said["firmware"], said["old_disk"])


@pytest.fixture(autouse=True)
def named(request: pytest.FixtureRequest, record_property: Record) -> None:
    """Say which guest a record is of."""
    record_property("guest", request.node.callspec.params["guest"])


@pytest.fixture(scope="module")
def mended(guest: Guest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Guest, Plan]]:
    """A copy of the guest with the plan for kvm carried out."""
    copy = guest.copied(tmp_path_factory.mktemp("mended"))
    yield copy, guestfix.apply(copy.source, "kvm").plan
    copy.removed()


@the_whole_way
def test_as_it_came_it_starts_on_its_old_hardware(guest: Guest, record_property: Record) -> None:
    verdict = seen(guest.boot(guest.old_disk), f"before, on {guest.old_disk}", record_property)
    assert verdict.stage >= Stage.LOGIN, verdict


@the_whole_way
@pytest.mark.parametrize("disk", NEW_DISKS)
def test_as_it_came_it_fails_on_new_hardware(guest: Guest, disk: Disk, record_property: Record) -> None:
    verdict = seen(guest.boot(disk), f"before, on {disk}", record_property)
    assert verdict.stage <= Stage.INITRAMFS, verdict


@the_whole_way
def test_with_all_but_the_drivers_it_fails_on_new_hardware(
    guest: Guest, tmp_path: Path, record_property: Record
) -> None:
    copy = guest.copied(tmp_path)
    guestfix.apply(copy.source, "kvm", knowledge=Knowledge.load(skip=INITRAMFS_RULES), force=True)
    verdict = seen(copy.boot("virtio-blk"), "without the drivers, on virtio-blk", record_property)
    assert verdict.stage <= Stage.INITRAMFS, verdict
    copy.removed()


def test_mended_it_answers(mended: tuple[Guest, Plan], record_property: Record) -> None:
    copy, plan = mended
    rules = {rule for change in plan.changes for rule in change.rules}
    record_property("changed", " ".join(sorted(rules)))
    verdict = seen(copy.boot("virtio-blk"), "after, for kvm on virtio-blk and virtio-net", record_property)
    assert verdict.answered, verdict


@the_whole_way
@pytest.mark.parametrize("target", EMULATED)
def test_mended_for_another_target_it_answers_there(
    guest: Guest, target: str, tmp_path: Path, record_property: Record
) -> None:
    copy = guest.copied(tmp_path)
    guestfix.apply(copy.source, target)
    hardware = usual_devices(Knowledge.load().target(target), guest.firmware)
    what = f"after, for {target} on {hardware.disk} and {hardware.nic}"
    verdict = seen(copy.boot(hardware.disk, hardware.nic), what, record_property)
    assert verdict.answered, verdict
    copy.removed()


@the_whole_way
def test_a_second_apply_changes_nothing_and_revert_everything(
    mended: tuple[Guest, Plan], guest: Guest, tmp_path: Path, record_property: Record
) -> None:
    copy = mended[0].copied(tmp_path)
    second = guestfix.apply(copy.source, "kvm")
    assert second.plan.changes == ()
    assert second.journal is None
    guestfix.revert(copy.source)
    before, after = content(guest), content(copy)
    assert after == before
    assert len(before) > 1000
    record_property("reverted", f"{len(before):,} names as they were")
    copy.removed()


def seen(verdict: Verdict, what: str, record: Record) -> Verdict:
    """Record a boot for the page and go on with it."""
    record("boot", f"{what}: {verdict.stage.words} ({verdict.total_seconds:.0f} s)")
    return verdict


def content(guest: Guest) -> dict[str, tuple[object, ...]]:
    """Return every name of a guest, and all that can be known of the files where guestfix may write."""
    handle: Any = launch.launch(
        [launch.Drive(image, "raw") for image in guest.images], accelerator=usable_accelerator().name
    )
    try:
        mount_guest(handle, [examine(image, "raw") for image in guest.images], None, guest.source.keys)
        found: dict[str, tuple[object, ...]] = {f"/{name}": () for name in handle.find("/")}
        for folder in ("/etc", "/boot", "/var/lib"):
            found.update(_files_in(handle, folder))
        return found
    finally:
        launch.close(handle)


def _files_in(handle: Any, folder: str) -> Iterator[tuple[str, tuple[object, ...]]]:
    with tempfile.NamedTemporaryFile(suffix=".tar") as archive:
        handle.tar_out(folder, archive.name, numericowner=True, xattrs=True, selinux=True, acls=True)
        with tarfile.open(archive.name) as tar:
            for member in tar:
                # A directory's time changes when a file beside another is made and removed.
                time = None if member.isdir() else member.pax_headers.get("mtime", member.mtime)
                xattrs = sorted(each for each in member.pax_headers.items() if "time" not in each[0])
                file = tar.extractfile(member) if member.isfile() else None
                digest = hashlib.sha256(file.read()).hexdigest() if file is not None else member.linkname
                said = (member.type, member.mode, member.uid, member.gid, time, xattrs, digest)
                yield f"{folder}/{member.name}", said
