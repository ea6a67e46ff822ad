"""Debian 12 with its root as XFS on LVM and a /boot of its own; netplan with the old card's address; BIOS and MBR.

LVM is told to look at /dev/sda only, as people harden it, and the initramfs has a copy of that.
"""

from __future__ import annotations

from pathlib import Path

from builder import appliance, disk, guest, vmware
from builder.steps import step

NAME = "debian-12-lvm"
BOOT, ROOT, SWAP = (guest.stable_uuid(NAME, word) for word in ("boot", "root", "swap"))
TABLE = """\
label: dos
label-id: 0x5ca1ab1e
start=2048, size=497664, type=83, bootable
start=499712, size=3692544, type=8e
"""
FSTAB = """\
# /etc/fstab: static file system information.
#
# <file system> <mount point>   <type>  <options>       <dump>  <pass>
/dev/mapper/debian--vg-root /               xfs     defaults        0       0
# /boot was on /dev/sda1 during installation
/dev/sda1       /boot           ext4    defaults        0       2
/dev/mapper/debian--vg-swap none            swap    sw              0       0
"""
NETPLAN = """\
# This file describes the network interfaces available on your system
# For more information, see netplan(5).
network:
  version: 2
  renderer: networkd
  ethernets:
    ens192:   # VLAN 14, see CHG-4711
      match:
        macaddress: "00:50:56:9c:1b:2a"
      set-name: ens192
      dhcp4: no
      addresses:
        - 192.0.2.28/24
      routes:
        - {to: default, via: 192.0.2.1}
      nameservers:
        search: [example.com]
        addresses: [192.0.2.53, 198.51.100.53]
"""
FILTER = '\tfilter = [ "a|^/dev/sda[0-9]*$|", "r|.*|" ]\t# CHG-3922: nothing but the system disk\n'


def build(image: Path) -> None:
    """Make the disk."""
    disk.partitioned(image, 2048, TABLE)
    source = image.with_name("source.xfs")
    with disk.attached(image) as device:
        boot = disk.partition(device, 1)
        disk.make_ext4(boot, BOOT)
        with appliance.prepared_root(source, "xfs", ROOT, boot=boot) as root:
            _configure(root)
            with step("GRUB in the boot sector"):
                guest.grub_pc(root, device, "/dev/mapper/debian--vg-root")
    with appliance.started([image], source) as machine:
        machine.make_group("debian-vg", "/dev/sda2", SWAP)


def _configure(root: Path) -> None:
    guest.identity(root, "app01")
    guest.write(root, "/etc/fstab", FSTAB)
    guest.write(root, "/etc/resolv.conf", vmware.RESOLV_CONF)
    guest.write(root, "/etc/netplan/50-vmware.yaml", NETPLAN, mode=0o600)
    guest.write(root, "/etc/initramfs-tools/conf.d/resume", "RESUME=/dev/mapper/debian--vg-swap\n")
    configuration = root / "etc/lvm/lvm.conf"
    configuration.write_text(configuration.read_text().replace("devices {\n", "devices {\n" + FILTER, 1))
    assert FILTER in configuration.read_text()
    with step("initramfs for VMware's disks"):
        guest.initramfs_for(root, [*vmware.MODULES, "xfs", "dm_mod"], vmware.ABSENT)
