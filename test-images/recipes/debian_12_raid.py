"""Debian 12 with its root on a RAID 1 of two disks, GRUB on both, device names everywhere; BIOS and MBR.

mdadm is told to look at the first partitions of /dev/sda and /dev/sdb, and the initramfs has a copy of that.
"""

from __future__ import annotations

import uuid
from pathlib import Path

from builder import appliance, disk, guest, vmware
from builder.steps import step

NAME = "debian-12-raid"
ARRAY, ROOT = (guest.stable_uuid(NAME, word) for word in ("array", "root"))
FSTAB = """\
# /etc/fstab: static file system information.
#
# <file system> <mount point>   <type>  <options>       <dump>  <pass>
/dev/md0        /               ext4    errors=remount-ro 0       1
/dev/sda2       none            swap    sw,pri=1        0       0
/dev/sdb2       none            swap    sw,pri=1        0       0
"""
# As mdadm writes it: four groups of eight digits.
ARRAY_ID = ":".join(uuid.UUID(ARRAY).hex[at : at + 8] for at in range(0, 32, 8))
MDADM = f"""\
# mdadm.conf
#
# !NB! Run update-initramfs -u after updating this file.
# !NB! This will ensure that initramfs has an uptodate copy.
#
DEVICE /dev/sda1 /dev/sdb1

# automatically tag new arrays as belonging to the local system
HOMEHOST <system>
MAILADDR root

ARRAY /dev/md0 metadata=1.2 UUID={ARRAY_ID} name=db01:0
"""
DEFAULT_GRUB = """\
GRUB_DEFAULT=0
GRUB_TIMEOUT=5
GRUB_DISTRIBUTOR=`lsb_release -i -s 2> /dev/null || echo Debian`
GRUB_CMDLINE_LINUX_DEFAULT="quiet"
GRUB_CMDLINE_LINUX=""
GRUB_DISABLE_LINUX_UUID=true
"""


def build(image: Path) -> None:
    """Make the two disks."""
    images = [image, image.with_name("disk-2.img")]
    for number, each in enumerate(images, 1):
        disk.partitioned(each, 1600, _table(number))
    source = image.with_name("source.ext4")
    with appliance.prepared_root(source, "ext4", ROOT) as root:
        _configure(root)
    with appliance.started(images, source) as machine:
        _mirror(machine)
        for device in ("/dev/sda2", "/dev/sdb2"):
            machine.handle.mkswap(device, uuid=guest.stable_uuid(NAME, device))
        machine.move_root("/dev/md0")
        _grub(machine)


def _table(number: int) -> str:
    return f"""\
label: dos
label-id: 0x5ca1ab1{number}
start=2048, size=3072000, type=fd, bootable
start=3074048, size=200704, type=82
"""


def _configure(root: Path) -> None:
    guest.identity(root, "db01")
    guest.write(root, "/etc/fstab", FSTAB)
    guest.write(root, "/etc/resolv.conf", vmware.RESOLV_CONF)
    guest.write(root, "/etc/network/interfaces", vmware.INTERFACES)
    guest.write(root, "/etc/mdadm/mdadm.conf", MDADM)
    guest.write(root, "/etc/default/grub", DEFAULT_GRUB)
    guest.write(root, "/etc/initramfs-tools/conf.d/resume", "RESUME=none\n")
    with step("initramfs for VMware's disks"):
        guest.initramfs_for(root, [*vmware.MODULES, "raid1"], vmware.ABSENT)


def _mirror(machine: appliance.Appliance) -> None:
    words = ["--level=1", "--metadata=1.2", f"--uuid={ARRAY_ID}", "--homehost=db01", "--name=0"]
    # Both are zeros, so there is nothing to make equal.
    words += ["--assume-clean", "--run", "--raid-devices=2", "/dev/sda1", "/dev/sdb1"]
    machine.run("mdadm", "--create", "/dev/md0", *words)


def _grub(machine: appliance.Appliance) -> None:
    with step("GRUB on both disks"):
        for device in ("/dev/sda", "/dev/sdb"):
            machine.run("grub-install", "--target=i386-pc", device)
        machine.run("update-grub")
        assert " root=/dev/md0 ro " in machine.handle.read_file("/boot/grub/grub.cfg").decode()
