"""Oracle Linux has two kernels, Oracle's (UEK) and Red Hat's (RHCK): each is judged by its own modules.

The layout is that of the packages: UEK 7 unpacks its modules into the same folders as kernel-core and
kernel-modules do, and names itself .el8uek (Oracle Linux 8 boot guide, "About Linux Kernels").
"""

from __future__ import annotations

import pytest

from guestfix.changes import Whole
from guestfix.facts.collect import collect
from guestfix.facts.model import DriverState, Unknown
from guestfix.guest.memory import MemoryGuest
from guestfix.initramfs import Compression
from guestfix.operations import Knowledge
from guestfix.plan import Plan, plan
from guestfix.rules.fixtures import Packed

UEK = "5.15.0-206.153.7.1.el8uek.x86_64"
RHCK = "4.18.0-553.el8_10.x86_64"
ENTRY = """\
title Oracle Linux Server {0} 8.10
version {0}
linux /vmlinuz-{0}
initrd /initramfs-{0}.img
options root=/dev/mapper/ol-root ro
"""
NVME = """\
kernel/drivers/nvme/host/nvme.ko.xz: kernel/drivers/nvme/host/nvme-core.ko.xz
kernel/drivers/nvme/host/nvme-core.ko.xz:
"""


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load()


def oracle(**modules: tuple[str, str]) -> MemoryGuest:
    """Oracle Linux 8.10 whose kernels, uek and rhck, have these (modules.dep, modules.builtin)."""
    files: dict[str, bytes | str] = {
        "/etc/os-release": 'NAME="Oracle Linux Server"\nID="ol"\nID_LIKE="fedora"\nVERSION_ID="8.10"\n',
        "/etc/fstab": "",
        "/etc/dracut.conf": "",
        "/etc/sysconfig/kernel": "UPDATEDEFAULT=yes\nDEFAULTKERNEL=kernel-uek-core\n",
        "/boot/grub2/grub.cfg": 'set default="${saved_entry}"\ninsmod blscfg\nblscfg\n',
        "/boot/grub2/grubenv": f"# GRUB Environment Block\nsaved_entry=99-{UEK}\n".ljust(1024, "#"),
    }
    for version, (dependencies, builtin) in {UEK: modules["uek"], RHCK: modules["rhck"]}.items():
        tree = f"usr/lib/modules/{version}"
        inside = {"init": "", "usr/lib/dracut-lib.sh": "", f"{tree}/modules.dep": "", f"{tree}/kernel/x.ko.xz": ""}
        files |= {
            f"/boot/vmlinuz-{version}": "kernel",
            f"/boot/initramfs-{version}.img": Packed(compression=Compression.GZIP, files=inside).data(),
            f"/boot/loader/entries/99-{version}.conf": ENTRY.format(version),
            f"/lib/modules/{version}/modules.dep": dependencies,
            f"/lib/modules/{version}/modules.builtin": builtin,
            f"/lib/modules/{version}/kernel/drivers/nvme/host/nvme.ko.xz": "nvme",
            f"/lib/modules/{version}/kernel/drivers/nvme/host/nvme-core.ko.xz": "core",
        }
    return MemoryGuest(files)


def planned(knowledge: Knowledge, guest: MemoryGuest) -> tuple[dict[str, DriverState], Plan]:
    found = collect(guest, Unknown(unknown="no disks"), tuple(knowledge.targets.values()))
    rules = knowledge.rules.configured(only=["linux/dracut", "linux/boot-default", "checks/os/custom-kernel"])
    states = {kernel.version: kernel.targets["ec2-nitro"].storage["nvme"] for kernel in found.facts.kernels}
    assert list(states) == [UEK, RHCK]
    return states, plan(found.facts, found.initramfs, guest, rules, knowledge.target("ec2-nitro"))


def test_each_kernel_gets_what_it_lacks_from_its_own_modules(knowledge: Knowledge) -> None:
    states, made = planned(knowledge, oracle(uek=("", "kernel/drivers/nvme/host/nvme.ko\n"), rhck=(NVME, "")))
    assert states == {UEK: DriverState.BUILT_IN, RHCK: DriverState.ON_DISK}
    assert {change.path for change in made.changes} == {
        f"/boot/initramfs-{RHCK}.img",
        "/etc/dracut.conf.d/guestfix.conf",
    }
    assert made.findings == ()


def test_red_hats_kernel_starts_where_oracles_has_no_driver_and_does_so_after_updates(
    knowledge: Knowledge,
) -> None:
    guest = oracle(uek=("kernel/fs/xfs/xfs.ko.xz:\n", ""), rhck=(NVME, ""))
    states, made = planned(knowledge, guest)
    assert states == {UEK: DriverState.MISSING, RHCK: DriverState.ON_DISK}
    assert {finding.code for finding in made.findings} == {"GF-LINUX-DRIVER-MISSING", "GF-LINUX-BOOT-DEFAULT"}
    after = {change.path: change.after.data for change in made.changes if isinstance(change.after, Whole)}
    assert f"saved_entry=99-{RHCK}\n".encode() in after["/boot/grub2/grubenv"]
    assert len(after["/boot/grub2/grubenv"]) == 1024
    assert after["/etc/sysconfig/kernel"] == b"UPDATEDEFAULT=yes\nDEFAULTKERNEL=kernel-core\n"
    assert f"/boot/initramfs-{UEK}.img" not in {change.path for change in made.changes}


def test_oracles_kernel_starts_where_red_hats_cannot(knowledge: Knowledge) -> None:
    guest = oracle(uek=(NVME, ""), rhck=("kernel/fs/xfs/xfs.ko.xz:\n", ""))
    guest.add_file("/boot/grub2/grubenv", f"# GRUB Environment Block\nsaved_entry=99-{RHCK}\n".ljust(1024, "#"))
    guest.add_file("/etc/sysconfig/kernel", "DEFAULTKERNEL=kernel-core\n")
    _, made = planned(knowledge, guest)
    after = {change.path: change.after.data for change in made.changes if isinstance(change.after, Whole)}
    assert after["/etc/sysconfig/kernel"] == b"DEFAULTKERNEL=kernel-uek-core\n"
