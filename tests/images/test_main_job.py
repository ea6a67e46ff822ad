"""The main job on a real disk: inspect, plan, apply, boot, revert; and the control that gives a pass its worth."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import guestfix
from guestfix import Facts, Knowledge, Unknown
from guestfix.boot import BootDisk, Hardware, Stage, Verdict, prove
from guestfix.boot.hardware import Disk
from guestfix.facts.model import DriverState, Initramfs

from .conftest import copy_of, digest

pytestmark = [pytest.mark.appliance, pytest.mark.images]

Manifest = dict[str, str]
CHANGED = {
    "/etc/fstab",
    "/etc/default/grub",
    "/boot/grub/grub.cfg",
    "/etc/network/interfaces",
    "/etc/initramfs-tools/modules",
}


@pytest.fixture(scope="module")
def facts(vmware_guest: Path) -> Facts:
    return guestfix.inspect(guestfix.images([vmware_guest]))


@pytest.fixture(scope="module")
def applied(vmware_guest: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the guest with the plan for kvm carried out."""
    folder = tmp_path_factory.mktemp("applied")
    image = copy_of(vmware_guest, folder)
    guestfix.apply(guestfix.images([image]), "kvm")
    assert [path.name for path in folder.iterdir()] == [image.name]
    yield image
    image.unlink()


def answers(image: Path, disk: Disk) -> Verdict:
    return prove([BootDisk(image, "raw")], Hardware(disk, "virtio-net"))


def test_inspection_says_what_the_disk_is(facts: Facts, vmware_guest: Path) -> None:
    image = facts.images[0]
    said = subprocess.run(["sfdisk", "-J", vmware_guest], check=True, capture_output=True, text=True).stdout
    assert (image.format, image.table, image.boot_code) == ("raw", "mbr", "grub2")
    assert f'"id": "0x{image.identifier}"' in said
    for partition in image.partitions:
        assert f'"start": {partition.start // 512},' in said
        assert f'"size": {partition.size // 512},' in said
    assert not isinstance(facts.volumes, Unknown)
    assert {volume.device: volume.type for volume in facts.volumes if volume.type} == {
        "/dev/sda1": "ext4",
        "/dev/sda5": "swap",
    }
    assert (facts.os.family, facts.os.distribution, facts.os.version) == ("linux", "debian", "12")
    assert (facts.firmware.bios, facts.firmware.uefi) == (True, False)


def test_inspection_says_why_it_will_not_boot(facts: Facts) -> None:
    (kernel,) = facts.kernels
    assert isinstance(kernel.initramfs, Initramfs)
    assert kernel.initramfs.generator == "initramfs-tools"
    assert kernel.targets["ec2-nitro"].storage["nvme"] is DriverState.ON_DISK
    assert kernel.targets["kvm"].storage["virtio_blk"] is DriverState.ON_DISK
    assert kernel.targets["kvm"].storage["sd_mod"] is DriverState.IN_INITRAMFS
    assert kernel.targets["kvm"].boots is False


def test_planning_writes_nothing(vmware_guest: Path, tmp_path: Path) -> None:
    image = copy_of(vmware_guest, tmp_path)
    before = digest(image)
    plan = guestfix.plan(guestfix.images([image]), "kvm")
    assert {change.path for change in plan.changes} > CHANGED
    assert digest(image) == before
    assert [path.name for path in tmp_path.iterdir()] == [image.name]
    image.unlink()


def test_apply_keeps_every_original_and_revert_brings_back_every_byte(
    applied: Path, vmware_guest: Path, tmp_path: Path, manifest: Callable[[Path], Manifest]
) -> None:
    before, after = manifest(vmware_guest), manifest(applied)
    image = next(name for name in before if "/boot/initrd.img-" in name).removeprefix("0:")
    changed = {name.removeprefix("0:") for name in before if before[name] != after.get(name)}
    assert changed == CHANGED | {image}
    new = {name.removeprefix("0:") for name in after.keys() - before.keys()}
    originals = {f"{path.rpartition('/')[0]}/.{path.rpartition('/')[2]}.guestfix-orig~" for path in changed}
    journal = {"/var/lib/guestfix", "/var/lib/guestfix/journal", "/var/lib/guestfix/journal/0001.json"}
    assert new == originals | journal
    for path in changed:
        folder, _, name = path.rpartition("/")
        assert after[f"0:{folder}/.{name}.guestfix-orig~"] == before[f"0:{path}"]

    second = guestfix.apply(guestfix.images([applied]), "kvm")
    assert second.plan.changes == ()
    assert second.journal is None
    assert manifest(applied) == after

    again = copy_of(applied, tmp_path)
    guestfix.revert(guestfix.images([again]))
    assert manifest(again) == before
    again.unlink()


@pytest.mark.boot
def test_it_answers_on_the_targets_other_hardware(applied: Path) -> None:
    """On virtio-blk, the gallery sees it."""
    verdict = answers(applied, "virtio-scsi")
    assert verdict.answered, verdict
    assert verdict.banner is not None
    assert verdict.banner.startswith("SSH-2.0-OpenSSH")
    assert verdict.address is not None


@pytest.mark.boot
def test_it_answers_on_nvme_when_moved_to_nitro(applied: Path, tmp_path: Path) -> None:
    """The same guest goes on from one target to the next: the second apply adds to the first."""
    image = copy_of(applied, tmp_path)
    guestfix.apply(guestfix.images([image]), "ec2-nitro")
    verdict = answers(image, "nvme")
    assert verdict.answered, verdict
    image.unlink()


@pytest.fixture(scope="module")
def without_drivers(vmware_guest: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The control: all that was applied, but for the drivers in the initramfs, which has to be forced."""
    image = copy_of(vmware_guest, tmp_path_factory.mktemp("control"))
    knowledge = Knowledge.load(skip=["linux/initramfs-tools"])
    guestfix.apply(guestfix.images([image]), "kvm", knowledge=knowledge, force=True)
    yield image
    image.unlink()


@pytest.mark.boot
@pytest.mark.parametrize("disk", ["nvme", "virtio-blk"])
def test_without_the_added_drivers_it_fails_on_new_hardware(without_drivers: Path, disk: Disk) -> None:
    verdict = answers(without_drivers, disk)
    assert not verdict.answered
    assert verdict.stage is Stage.INITRAMFS


@pytest.mark.boot
def test_without_the_added_drivers_it_still_answers_on_sata(without_drivers: Path) -> None:
    assert answers(without_drivers, "ahci").answered
