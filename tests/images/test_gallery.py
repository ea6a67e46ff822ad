"""Every guest of test-images/: it fails on new hardware for want of drivers, is mended, answers, and is as it was.

`make test` mends each guest and boots it once; `make gallery` goes the whole way, and writes docs/gallery.md from
what the tests record here.
"""

from __future__ import annotations

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
from guestfix.boot.hardware import Disk, Firmware
from guestfix.bootable import bootable
from guestfix.disk_keys import parse_key
from guestfix.disks.formats import examine
from guestfix.guest import launch
from guestfix.guest.survey import mount_guest

from .conftest import copy_of

RECIPES = Path(__file__).resolve().parents[2] / "test-images" / "recipes"
NAMES = sorted(recipe.stem.replace("_", "-") for recipe in RECIPES.glob("[a-z]*.py"))
GUESTS = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in NAMES]
NEW_DISKS: tuple[Disk, ...] = ("nvme", "virtio-blk")
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
        images = [copy_of(image, folder / image.stem) for image in self.images]
        return Guest(tuple(images), self.keys, self.firmware, self.old_disk)

    def removed(self) -> None:
        for image in self.images:
            image.unlink()

    def boot(self, disk: Disk) -> Verdict:
        with bootable(self.source) as found:
            return prove(found.disks, Hardware(disk, "virtio-net", self.firmware))


@pytest.fixture(scope="module", params=GUESTS)
def guest(request: pytest.FixtureRequest, described: Callable[[str], dict[str, Any]]) -> Guest:
    said = described(request.param)
    images = tuple(map(Path, said["images"]))
    return Guest(images, tuple(said["keys"]), said["firmware"], said["old_disk"])


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
    verdict = seen(copy.boot("virtio-blk"), "after, on virtio-blk", record_property)
    assert verdict.answered, verdict


@the_whole_way
def test_mended_for_nitro_it_answers_on_nvme(
    mended: tuple[Guest, Plan], tmp_path: Path, record_property: Record
) -> None:
    copy = mended[0].copied(tmp_path)
    guestfix.apply(copy.source, "ec2-nitro")
    verdict = seen(copy.boot("nvme"), "after, on nvme", record_property)
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
    """Return every name of a guest, with what stat(2) says but for times of access, and the files' checksums."""
    drives = [launch.Drive(image, "raw") for image in guest.images]
    handle: Any = launch.launch(drives, accelerator=usable_accelerator().name)
    try:
        headers = [examine(image, "raw") for image in guest.images]
        mount_guest(handle, headers, None, guest.source.keys)
        return _names(handle)
    finally:
        launch.close(handle)


def _names(handle: Any) -> dict[str, tuple[object, ...]]:
    every = sorted(handle.find("/"))
    found: dict[str, tuple[object, ...]] = {}
    for start in range(0, len(every), 1000):
        part = every[start : start + 1000]
        for name, status in zip(part, handle.lstatnslist("/", part), strict=True):
            # Making and removing a file beside another changes a directory's time and, perhaps, its size.
            is_file = status["st_mode"] & 0o170000 == 0o100000
            more = (status["st_mtime_sec"], status["st_mtime_nsec"], status["st_size"]) if is_file else ()
            found[name] = (status["st_mode"], status["st_uid"], status["st_gid"], *more)
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="surrogateescape") as sums:
        # What guestfix may write is here; elsewhere size and time must do.
        for folder in ("/etc", "/boot", "/var/lib"):
            handle.checksums_out("sha256", folder, sums.name)
            for line in Path(sums.name).read_text(encoding="utf-8", errors="surrogateescape").splitlines():
                checksum, _, name = line.partition("  ")
                found[f"content of {folder}/{name}"] = (checksum,)
    return found
