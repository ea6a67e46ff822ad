"""Debian 12 laid out as RHEL 8 is: kernelopts in grubenv, dracut for one machine, SELinux labels, two disks.

Debian's GRUB has no blscfg: its menu has one entry more, which takes the same kernelopts as the loader entry.
"""

from __future__ import annotations

from pathlib import Path

from builder import debian, disk, dracut, guest, vmware
from builder.steps import chroot, step

NAME = "debian-12-dracut"
TABLE = """\
label: dos
label-id: 0x5ca1ab12
start=2048, size=524288, type=83, bootable
start=526336, size=3417088, type=83
start=3943424, size=245760, type=82
"""
DATA_TABLE = """\
label: dos
label-id: 0x5ca1abda
start=2048, size=126976, type=83
"""
BOOT, ROOT, SWAP, DATA = (guest.stable_uuid(NAME, name) for name in ("boot", "root", "swap", "data"))
FSTAB = """\
#
# /etc/fstab
# Created by anaconda on Sat Mar  2 08:00:00 2019
#
/dev/sda2               /                       ext4    defaults        1 1
/dev/sda1               /boot                   ext4    defaults        1 2
/dev/sdb1               /srv/data               ext4    defaults        1 2
/dev/sda3               none                    swap    defaults        0 0
"""
KERNELOPTS = "root=/dev/sda2 ro resume=/dev/sda3 quiet"


def build(image: Path) -> None:
    """Make the disks."""
    disk.partitioned(image, 2048, TABLE)
    second = image.with_name("disk-2.img")
    disk.partitioned(second, 64, DATA_TABLE)
    with disk.attached(second) as device:
        disk.make_ext4(disk.partition(device, 1), DATA)
    with disk.attached(image) as device:
        boot_node, root_node, swap_node = (disk.partition(device, number) for number in (1, 2, 3))
        disk.make_ext4(boot_node, BOOT)
        disk.make_ext4(root_node, ROOT)
        disk.make_swap(swap_node, SWAP)
        with disk.mounted(root_node, image.with_name("root")) as root:
            disk.mount_inside(boot_node, root / "boot")
            debian.unpack_base("bookworm", debian.LIKE_RED_HAT, root)
            guest.identity(root, "web05")
            guest.write(root, "/etc/fstab", FSTAB)
            (root / "srv/data").mkdir()
            vmware.network_manager(root)
            disk.bind_host_devices(root)
            version = guest.kernel_version(root)
            with step("GRUB 2 and a loader entry"):
                _grub(root, device, version)
            nodes = {"/dev/sda1": boot_node, "/dev/sda2": root_node, "/dev/sda3": swap_node}
            disk.guests_own_devices(root, nodes, {f"/dev/disk/by-uuid/{ROOT}": "/dev/sda2"})
            with step("hostonly initramfs for VMware's disks"):
                dracut.hostonly_for(
                    root,
                    f"/boot/initramfs-{version}.img",
                    modules=vmware.DISK_MODULES,
                    absent=vmware.ABSENT,
                    options=["--add-device", "/dev/sda3"],
                )
            with step("SELinux labels"):
                guest.selinux_labels(root)


def _grub(root: Path, device: str, version: str) -> None:
    name = f"{guest.MACHINE_ID}-{version}"
    entry = f"""\
title Debian GNU/Linux ({version}) 12 (bookworm)
version {version}
linux /vmlinuz-{version}
initrd /initramfs-{version}.img $tuned_initrd
options $kernelopts $tuned_params
id debian-20190302080000-{version}
grub_users $grub_users
grub_arg --unrestricted
grub_class kernel
"""
    menu = f"""\
if [ -s $prefix/grubenv ]; then
  load_env
fi
set default="${{saved_entry}}"
set timeout=5
insmod part_msdos
insmod ext2
search --no-floppy --fs-uuid --set=root {BOOT}
if [ -z "${{kernelopts}}" ]; then
  set kernelopts="{KERNELOPTS} "
fi
if [ -s $prefix/i386-pc/blscfg.mod ]; then
  insmod blscfg
  blscfg
fi
menuentry 'Debian GNU/Linux ({version}) 12 (bookworm)' --unrestricted --id {name} {{
\tlinux /vmlinuz-{version} $kernelopts
\tinitrd /initramfs-{version}.img
}}
"""
    default = """\
GRUB_TIMEOUT=5
GRUB_DEFAULT=saved
GRUB_CMDLINE_LINUX="resume=/dev/sda3 quiet"
GRUB_ENABLE_BLSCFG=true
"""
    guest.write(root, f"/boot/loader/entries/{name}.conf", entry)
    guest.write(root, "/etc/default/grub", default)
    guest.write(root, "/boot/grub/device.map", f"(hd0)\t{device}\n")
    chroot(root, "grub-install", "--target=i386-pc", device)
    guest.write(root, "/boot/grub/device.map", "(hd0)\t/dev/sda\n")
    guest.write(root, "/boot/grub/grub.cfg", menu)
    chroot(root, "grub-editenv", "/boot/grub/grubenv", "create")
    chroot(root, "grub-editenv", "/boot/grub/grubenv", "set", f"saved_entry={name}", f"kernelopts={KERNELOPTS} ")
