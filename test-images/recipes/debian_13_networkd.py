"""Debian 13 with systemd-networkd, a separate /usr, compressed modules, and a card named by its MAC.

The MAC is the one that it keeps on the new platform, so only what names the card can go wrong. That is in the
initramfs too: Debian's hook for udev copies the .link file there.
"""

from __future__ import annotations

from pathlib import Path

from builder import debian, disk, guest, vmware
from builder.steps import chroot, step

NAME = "debian-13-networkd"
TABLE = """\
label: dos
label-id: 0x5ca1ab13
start=2048, size=1638400, type=83, bootable
start=1640448, size=2304000, type=83
start=3944448, size=245760, type=82
"""
ROOT, USR, SWAP = (guest.stable_uuid(NAME, name) for name in ("root", "usr", "swap"))
FSTAB = """\
# <file system> <mount point>   <type>  <options>       <dump>  <pass>
/dev/sda1\t/\text4\terrors=remount-ro\t0\t1
/dev/sda2\t/usr\text4\tdefaults,ro\t0\t2
/dev/sda3\tnone\tswap\tsw\t0\t0
"""
LINK = """\
[Match]
MACAddress=52:54:00:12:34:56

[Link]
Name=lan0
"""
NETWORK = """\
[Match]
Name=lan0
MACAddress=52:54:00:12:34:56

[Network]
Address=192.0.2.27/24
Gateway=192.0.2.1
DNS=192.0.2.53
Domains=example.com
IPv6AcceptRA=no
"""


def build(image: Path) -> None:
    """Make the disk."""
    disk.partitioned(image, 2048, TABLE)
    with disk.attached(image) as device:
        root_node, usr_node, swap_node = (disk.partition(device, number) for number in (1, 2, 3))
        disk.make_ext4(root_node, ROOT)
        disk.make_ext4(usr_node, USR)
        disk.make_swap(swap_node, SWAP)
        with disk.mounted(root_node, image.with_name("root")) as root:
            disk.mount_inside(usr_node, root / "usr")
            debian.unpack_base("trixie", [*debian.WITHOUT_IFUPDOWN, "grub-pc"], root)
            guest.identity(root, "web08")
            guest.write(root, "/etc/fstab", FSTAB)
            guest.write(root, "/etc/systemd/network/10-lan0.link", LINK)
            guest.write(root, "/etc/systemd/network/10-lan0.network", NETWORK)
            chroot(root, "systemctl", "enable", "systemd-networkd.service")
            disk.bind_host_devices(root)
            with step("initramfs for VMware's disks"):
                guest.initramfs_for(root, vmware.MODULES, vmware.ABSENT)
            with step("GRUB in the boot sector"):
                guest.grub_pc(root, device)
