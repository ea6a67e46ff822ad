"""Debian 12 as it comes out of VMware: BIOS, MBR, device names everywhere, static address on ens192.

Its initramfs drives VMware's disks (AHCI, LSI Logic, pvscsi) and nothing else, as MODULES=dep makes it there.
On SATA it boots to a login, because the disk that is gone is mounted on demand and the host's folder by hand.
"""

from __future__ import annotations

from pathlib import Path

from builder import debian, disk, guest, vmware
from builder.steps import step

NAME = "debian-12-vmware"
TABLE = """\
label: dos
label-id: 0x5ca1ab1e
start=2048, size=3686400, type=83, bootable
start=3690494, size=501762, type=5
start=3690496, size=501760, type=82
"""

FSTAB = """\
# /etc/fstab: static file system information.
#
# Use 'blkid' to print the universally unique identifier for a
# device; this may be used with UUID= as a more robust way to name devices
# that works even if disks are added and removed. See fstab(5).
#
# <file system> <mount point>   <type>  <options>       <dump>  <pass>
/dev/sda1       /               ext4    errors=remount-ro 0       1
# swap was on /dev/sda5 during installation
/dev/sda5\tnone            swap    sw              0\t0
/dev/sr0        /media/cdrom0   udf,iso9660 user,noauto     0       0

  # database volume, second disk on the SAN (Petra, 2019)
/dev/disk/by-id/scsi-36000c29a1b2c3d4e5f60718293a4b5c6-part1 /srv/data ext4 defaults,x-systemd.automount\t0 2
.host:/  /mnt/hgfs   vmhgfs noauto,ttl=5,uid=1000   0 0
nas01.example.com:/export/home\t/srv/home nfs rw,hard,intr,x-systemd.mount-timeout=5 0 0
//files.example.com/projects  /srv/projects cifs credentials=/etc/cifs.credentials,iocharset=utf8  0  0
tmpfs /var/tmp/scratch tmpfs size=64m,mode=1777
"""
DEFAULT_GRUB = """\
# If you change this file, run 'update-grub' afterwards to update
# /boot/grub/grub.cfg.
# For full documentation of the options in this file, see:
#   info -f grub -n 'Simple configuration'

GRUB_DEFAULT=0
GRUB_TIMEOUT=7
GRUB_DISTRIBUTOR=`lsb_release -i -s 2> /dev/null || echo Debian`
GRUB_CMDLINE_LINUX_DEFAULT="quiet"
GRUB_CMDLINE_LINUX=""

# Uncomment if you don't want GRUB to pass "root=UUID=xxx" parameter to Linux
GRUB_DISABLE_LINUX_UUID=true
"""


def build(image: Path) -> None:
    """Make the disk."""
    disk.partitioned(image, 2048, TABLE)
    with disk.attached(image) as device:
        root_node, swap_node = disk.partition(device, 1), disk.partition(device, 5)
        swap = guest.stable_uuid(NAME, "swap")
        disk.make_ext4(root_node, guest.stable_uuid(NAME, "root"))
        disk.make_swap(swap_node, swap)
        with disk.mounted(root_node, image.with_name("root")) as root:
            debian.unpack_base("bookworm", [*debian.SERVER, "grub-pc"], root)
            guest.identity(root, "web01")
            guest.write(root, "/etc/fstab", FSTAB)
            guest.write(root, "/etc/network/interfaces", vmware.INTERFACES)
            guest.write(root, "/etc/resolv.conf", vmware.RESOLV_CONF)
            guest.write(root, "/etc/cifs.credentials", "username=web01\npassword=secret\n", mode=0o600)
            guest.write(root, "/etc/initramfs-tools/conf.d/resume", f"RESUME=UUID={swap}\n")
            guest.write(root, "/etc/default/grub", DEFAULT_GRUB)
            for folder in ("media/cdrom0", "srv/data", "mnt/hgfs", "srv/home", "srv/projects", "var/tmp/scratch"):
                (root / folder).mkdir(parents=True, exist_ok=True)
            disk.bind_host_devices(root)
            with step("initramfs for VMware's disks"):
                guest.initramfs_for(root, vmware.MODULES, vmware.ABSENT)
            with step("GRUB in the boot sector"):
                guest.grub_pc(root, device)
            guest.preserved_attributes(root)
