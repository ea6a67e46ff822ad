"""Roots inside LVM, LUKS, md and Btrfs: real ones, made in one appliance and looked for in the same."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import guestfix
from guestfix.accel import usable_accelerator
from guestfix.disk_keys import DiskKey
from guestfix.disks.formats import examine
from guestfix.facts.model import Volume
from guestfix.guest import launch
from guestfix.guest.containers import (
    INACTIVE,
    LOCKED,
    GroupIncomplete,
    KeyForNothing,
    KeyNeedsMemory,
    KeyRefused,
    RootLocked,
    refuse_incomplete,
    refuse_locked,
)
from guestfix.guest.mounting import NoOperatingSystem, SeveralOperatingSystems
from guestfix.guest.survey import Mounted, mount_guest
from guestfix.sources import Images

pytestmark = pytest.mark.appliance

SIZES = {"crypt": 600, "mirror-a": 256, "mirror-b": 256, "tree": 160, "jfs": 64, "half": 64, "greedy": 20}
CRYPT, MIRROR_A, MIRROR_B, TREE, JFS, HALF, GREEDY = (f"/dev/sd{letter}" for letter in "abcdefg")
SECRET = "correct horse"
KEYS = (DiskKey("/dev/sda2", SECRET), DiskKey("/dev/stone/vault", SECRET))


def greedy(image: Path) -> None:
    """Make a LUKS header as `cryptsetup luksFormat` does on a machine with 2 GiB of memory or more."""
    words = [
        "--type",
        "luks2",
        "--pbkdf-memory",
        "1048576",
        "--pbkdf-parallel",
        "1",
        "--pbkdf-force-iterations",
        "4",
    ]
    subprocess.run(
        ["cryptsetup", "luksFormat", "--batch-mode", *words, "--key-file", "-", image],
        input=SECRET.encode(),
        check=True,
    )


class Lab:
    """One appliance with all the disks, and the images outside."""

    def __init__(self, folder: Path) -> None:
        self.images = []
        for name, size in SIZES.items():
            image = folder / f"{name}.img"
            with image.open("wb") as file:
                file.truncate(size << 20)
            self.images.append(image)
        greedy(self.images[-1])
        drives = [launch.Drive(image, "raw", read_only=False, throwaway=True) for image in self.images]
        self.handle: Any = launch.launch(drives, accelerator=usable_accelerator().name, memory_mib=768)
        self.encrypted_lvm()
        self.dirty = self.unclean_copy(folder / "dirty.img")
        self.lvm_on_mirror()
        self.snapshots()
        self.journalled()
        self.two_halves()
        self.handle.vg_activate_all(False)
        self.handle.cryptsetup_close("/dev/mapper/made-crypt")
        self.handle.vg_activate_all(True)
        self.handle.sync()

    def system(self, fstab: str, **files: str) -> None:
        """Put what makes a root into what is mounted at /."""
        for folder in ("/etc", "/boot", "/usr", "/var", "/srv"):
            self.handle.mkdir_p(folder)
        self.handle.write("/etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
        self.handle.write("/etc/fstab", fstab)
        for name, content in files.items():
            self.handle.write(f"/etc/{name}", content)

    def encrypted_lvm(self) -> None:
        """/boot on a partition of its own; LUKS on the second, and in it LVM with root, /usr and /var."""
        g = self.handle
        g.part_init(CRYPT, "mbr")
        g.part_add(CRYPT, "p", 2048, 43007)
        g.part_add(CRYPT, "p", 43008, -2048)
        g.mkfs("ext4", "/dev/sda1")
        g.luks_format("/dev/sda2", SECRET, 0)
        g.cryptsetup_open("/dev/sda2", SECRET, "made-crypt")
        g.pvcreate("/dev/mapper/made-crypt")
        g.vgcreate("web-vg", ["/dev/mapper/made-crypt"])
        for name, kind, size in (("root", "xfs", 320), ("usr", "ext4", 40), ("var", "ext4", 40)):
            g.lvcreate(name, "web-vg", size)
            g.mkfs(kind, f"/dev/web-vg/{name}")
        g.mount("/dev/web-vg/root", "/")
        self.system(
            "/dev/mapper/web--vg-root / xfs defaults 0 1\n"
            "/dev/web-vg/usr /usr ext4 ro 0 2\n"
            "/dev/mapper/web--vg-var /var ext4 defaults 0 2\n"
            "/dev/sda1 /boot ext4 defaults 0 2\n",
            crypttab=f"sda2_crypt UUID={g.vfs_uuid('/dev/sda2')} none luks\n",
        )

    def unclean_copy(self, copy: Path) -> Path:
        """Copy the disk while its XFS is mounted: the log holds what the file system does not yet."""
        self.handle.mkdir("/srv/late")
        self.handle.write("/srv/late/file", "written")
        self.handle.sync()
        shutil.copyfile(self.images[0], copy)
        self.handle.umount_all()
        return copy

    def lvm_on_mirror(self) -> None:
        """RAID 1 of two disks, in it LVM, in one of its volumes LUKS."""
        g = self.handle
        g.md_create("stones", [MIRROR_A, MIRROR_B], level="raid1")
        (array,) = g.list_md_devices()
        g.pvcreate(array)
        g.vgcreate("stone", [array])
        g.lvcreate("root", "stone", 80)
        g.lvcreate("vault", "stone", 64)
        g.luks_format("/dev/stone/vault", SECRET, 0)
        g.cryptsetup_open("/dev/stone/vault", SECRET, "made-vault")
        g.mkfs("ext4", "/dev/mapper/made-vault")
        g.mkfs("ext4", "/dev/stone/root")
        g.mount("/dev/stone/root", "/")
        self.system(
            "/dev/stone/root / ext4 defaults 0 1\n/dev/mapper/vault /var ext4 defaults 0 2\n",
            crypttab="vault /dev/mapper/stone-vault none luks\n",
        )
        g.umount_all()
        g.cryptsetup_close("/dev/mapper/made-vault")

    def snapshots(self) -> None:
        """A Btrfs with an unusual name for the root, and two snapshots of it."""
        g = self.handle
        g.mkfs("btrfs", TREE)
        g.mount(TREE, "/")
        g.btrfs_subvolume_create("/system")
        g.btrfs_subvolume_create("/states")
        g.btrfs_subvolume_create("/variable")
        g.umount_all()
        g.mount_options("subvol=system", TREE, "/")
        self.system(f"UUID={g.vfs_uuid(TREE)} / btrfs subvol=/system 0 0\n{TREE} /var btrfs subvol=variable 0 0\n")
        g.umount_all()
        g.mount(TREE, "/")
        for number in ("1", "2"):
            g.btrfs_subvolume_snapshot("/system", f"/states/{number}")
        g.umount_all()

    def journalled(self) -> None:
        """JFS without a partition table."""
        self.handle.mkfs("jfs", JFS)
        self.handle.mount(JFS, "/")
        self.system("/dev/sda / jfs defaults 0 1\n")
        self.handle.umount_all()

    def two_halves(self) -> None:
        """A volume group of two partitions, and a volume that needs both."""
        g = self.handle
        g.part_init(HALF, "mbr")
        g.part_add(HALF, "p", 2048, 65535)
        g.part_add(HALF, "p", 65536, -2048)
        halves = [f"{HALF}1", f"{HALF}2"]
        for half in halves:
            g.pvcreate(half)
        g.vgcreate("halves", halves)
        g.lvcreate("both", "halves", 48)

    def lose_a_half(self) -> None:
        """Wipe the second half; the group stays in the metadata of the first."""
        self.handle.vg_activate(False, ["halves"])
        self.handle.pwrite_device(f"{HALF}2", bytes(1 << 20), 0)
        self.handle.lvm_scan(False)

    def mount(self, root: str | None, *keys: DiskKey) -> Mounted:
        """Look for this root on all the disks."""
        self.handle.umount_all()
        opened = [each for each in self.handle.list_dm_devices() if each.startswith("/dev/mapper/luks-")]
        # The one inside LVM goes before LVM, the one around LVM after it.
        for device in sorted(opened, key=lambda each: self.handle.vfs_type(each) == "LVM2_member"):
            if self.handle.vfs_type(device) == "LVM2_member":
                self.handle.vg_activate_all(False)
            self.handle.cryptsetup_close(device)
        self.handle.vg_activate_all(True)
        return mount_guest(self.handle, [examine(image, "raw") for image in self.images], root, keys)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    made = Lab(tmp_path_factory.mktemp("containers"))
    yield made
    launch.close(made.handle)


def volumes(mounted: Mounted) -> dict[str, Volume]:
    assert isinstance(mounted.disks.volumes, tuple)
    return {volume.device: volume for volume in mounted.disks.volumes}


def places(mounted: Mounted) -> dict[str, str]:
    return {mount.path: mount.device for mount in mounted.disks.mounts}


def test_root_usr_and_var_in_lvm_in_luks(lab: Lab) -> None:
    found = lab.mount("/dev/web-vg/root", *KEYS)
    assert places(found) == {
        "/": "/dev/web-vg/root",
        "/boot": "/dev/sda1",
        "/usr": "/dev/web-vg/usr",
        "/var": "/dev/web-vg/var",
    }
    (mapping,) = (each for each in volumes(found).values() if each.part_of == "/dev/sda2")
    assert (mapping.kind, mapping.type, mapping.names) == (
        "luks mapping",
        "LVM2_member",
        ("/dev/mapper/sda2_crypt",),
    )


def test_luks_in_lvm_in_a_mirror_of_two_images(lab: Lab) -> None:
    found = lab.mount("/dev/stone/root", *KEYS)
    (vault,) = (each for each in volumes(found).values() if each.part_of == "/dev/stone/vault")
    assert places(found) == {"/": "/dev/stone/root", "/var": vault.device}
    assert vault.names == ("/dev/mapper/vault",)
    (array,) = (each for each in volumes(found).values() if each.kind == "md array")
    assert array.type == "LVM2_member"
    assert "/dev/md/stones" in array.names


def test_without_its_key_a_container_stays_shut_and_is_marked(lab: Lab) -> None:
    found = lab.mount("/dev/stone/root")
    assert LOCKED in volumes(found)["/dev/sda2"].notes
    assert places(found) == {"/": "/dev/stone/root"}


def test_a_key_by_uuid_and_one_for_all(lab: Lab) -> None:
    uuid = volumes(lab.mount(JFS))["/dev/sda2"].uuid
    assert uuid is not None
    assert "/dev/web-vg/root" in volumes(lab.mount("/dev/web-vg/root", DiskKey(uuid, SECRET)))
    assert "/dev/web-vg/root" in volumes(
        lab.mount("/dev/web-vg/root", DiskKey("all", "no"), DiskKey("all", SECRET))
    )


def test_a_wrong_key_and_a_key_for_nothing_are_refused_without_the_secret(lab: Lab) -> None:
    with pytest.raises(KeyRefused) as refused:
        lab.mount(JFS, DiskKey("/dev/sda2", "battery staple"))
    with pytest.raises(KeyForNothing) as unused:
        lab.mount(JFS, DiskKey("/dev/sdb7", "battery staple"))
    assert "battery" not in f"{refused.value} {refused.value.hint} {unused.value} {unused.value.hint}"


def test_a_key_that_takes_more_memory_than_there_is_is_not_called_wrong(lab: Lab) -> None:
    with pytest.raises(KeyNeedsMemory):
        lab.mount(JFS, DiskKey(GREEDY, SECRET))


def test_there_is_memory_for_the_key_of_a_usual_machine() -> None:
    image, key = (Path("disk.img"),), (DiskKey("all", SECRET),)
    assert Images(image, keys=key).appliance_mib >= 1024 + Images(image).appliance_mib
    assert Images(image, keys=key, memory_mib=700).appliance_mib == 700


def test_snapshots_are_no_operating_systems(lab: Lab) -> None:
    with pytest.raises(SeveralOperatingSystems) as several:
        lab.mount(None)
    assert f"{TREE}:system (linux)" in several.value.message
    assert "states" not in several.value.message
    found = lab.mount(TREE)
    assert places(found) == {"/": TREE, "/var": TREE}
    assert volumes(found)[TREE].subvolumes == ("system", "states", "variable", "states/1", "states/2")


def test_the_default_subvolume_is_the_root_even_if_it_is_a_snapshot(lab: Lab) -> None:
    lab.handle.umount_all()
    lab.handle.mount(TREE, "/")
    entries = lab.handle.btrfs_subvolume_list("/")
    (snapshot,) = (each for each in entries if each["btrfssubvolume_path"] == "states/2")
    lab.handle.btrfs_subvolume_set_default(snapshot["btrfssubvolume_id"], "/")
    lab.handle.umount_all()
    assert lab.mount(TREE).root.options == ""


def test_jfs_without_a_partition_table(lab: Lab) -> None:
    assert lab.mount(JFS).root.type == "jfs"


def test_an_xfs_with_a_log_to_replay_is_inspected_without_a_write_and_then_changed(
    lab: Lab, tmp_path: Path
) -> None:
    image = tmp_path / "dirty.img"
    shutil.copyfile(lab.dirty, image)
    before = hashlib.sha256(image.read_bytes()).hexdigest()
    source = Images((image,), keys=(DiskKey("all", SECRET),))
    facts = guestfix.inspect(source, ["kvm"])
    assert {mount.path for mount in facts.mounts} == {"/", "/boot", "/usr", "/var"}
    assert isinstance(facts.volumes, tuple)
    [root] = [volume for volume in facts.volumes if volume.device == "/dev/web-vg/root"]
    assert root.notes == ("its journal needs recovery: it was not unmounted",)
    assert hashlib.sha256(image.read_bytes()).hexdigest() == before
    done = guestfix.apply(source, "kvm", force=True)
    assert "/etc/fstab" in {change.path for change in done.plan.changes}


def test_a_root_that_is_locked_asks_for_the_key(lab: Lab) -> None:
    with pytest.raises(NoOperatingSystem):
        lab.mount("/dev/web-vg/root")
    with pytest.raises(RootLocked) as locked:
        refuse_locked(volumes(lab.mount(JFS)).values())
    assert "/dev/sda2 (LUKS " in locked.value.message
    assert "--key" in locked.value.hint


def test_a_group_with_a_missing_disk_is_told_of_and_the_root_elsewhere_is_found(lab: Lab) -> None:
    """The last test: it breaks a disk."""
    intact = volumes(lab.mount("/dev/stone/root"))["/dev/halves/both"]
    assert (intact.size, intact.notes) == (48 << 20, ())
    lab.handle.umount_all()
    lab.lose_a_half()
    headers = [examine(image, "raw") for image in lab.images]
    found = mount_guest(lab.handle, headers, "/dev/stone/root")
    broken = volumes(found)["/dev/halves/both"]
    assert (broken.notes, broken.part_of) == ((INACTIVE,), "halves")
    with pytest.raises(GroupIncomplete) as caught:
        refuse_incomplete([broken])
    assert "halves" in str(caught.value)
    assert "all images" in caught.value.hint
    refuse_incomplete([intact])
