"""Debian 12 as it comes out of VMware with UEFI: GPT, signed GRUB on an ESP, UUIDs, static address on ens192.

Nothing in it needs the firmware's variables, which do not move with a disk: the removable path is there.
"""

from __future__ import annotations

from pathlib import Path

from builder import debian, disk, guest, vmware
from builder.steps import chroot, step

NAME = "debian-12-uefi"
FIRMWARE = "uefi"
ESP_SERIAL = "5CA1-AB1E"
TABLE = f"""\
label: gpt
label-id: {guest.stable_uuid(NAME, "disk")}
start=2048, size=131072, type=uefi, uuid={guest.stable_uuid(NAME, "partition 1")}
start=133120, size=3553280, type=linux, uuid={guest.stable_uuid(NAME, "partition 2")}
start=3686400, size=501760, type=swap, uuid={guest.stable_uuid(NAME, "partition 3")}
"""
ROOT, SWAP = guest.stable_uuid(NAME, "root"), guest.stable_uuid(NAME, "swap")
FSTAB = f"""\
# /etc/fstab: static file system information.
# <file system> <mount point>   <type>  <options>       <dump>  <pass>
UUID={ROOT} /               ext4    errors=remount-ro 0       1
# /boot/efi was on /dev/sda1 during installation
UUID={ESP_SERIAL}  /boot/efi       vfat    umask=0077      0       1
UUID={SWAP} none            swap    sw              0       0
"""
STUB = f"""\
search.fs_uuid {ROOT} root
set prefix=($root)'/boot/grub'
configfile $prefix/grub.cfg
"""


def build(image: Path) -> None:
    """Make the disk."""
    disk.partitioned(image, 2048, TABLE)
    with disk.attached(image) as device:
        esp_node, root_node, swap_node = (disk.partition(device, number) for number in (1, 2, 3))
        disk.make_ext4(root_node, ROOT)
        disk.make_swap(swap_node, SWAP)
        with disk.mounted(root_node, image.with_name("root")) as root:
            debian.unpack_base("bookworm", [*debian.SERVER, "grub-efi-amd64-signed", "shim-signed"], root)
            guest.identity(root, "web02")
            guest.write(root, "/etc/fstab", FSTAB)
            guest.write(root, "/etc/network/interfaces", vmware.INTERFACES)
            guest.write(root, "/etc/initramfs-tools/conf.d/resume", f"RESUME=UUID={SWAP}\n")
            (root / "boot/efi").mkdir()
            disk.bind_host_devices(root)
            with step("initramfs for VMware's disks"):
                guest.initramfs_for(root, vmware.MODULES, vmware.ABSENT)
            with step("GRUB on the EFI system partition"):
                _grub(root, device, root_node, esp_node)


def _grub(root: Path, device: str, root_node: str, esp_node: str) -> None:
    guest.write(root, "/boot/grub/device.map", f"(hd0)\t{device}\n")
    chroot(root, "update-grub")
    (root / "boot/grub/device.map").unlink()
    generated = root / "boot/grub/grub.cfg"
    # The generator wants /dev/disk/by-uuid, which a build host without udev does not have.
    generated.write_text(generated.read_text().replace(f"root={root_node} ", f"root=UUID={ROOT} "))
    assert f"root=UUID={ROOT} ro" in generated.read_text()
    guest.write(root, "/boot/grub/stub.cfg", STUB)
    shim, grub = (
        root / "usr/lib/shim/shimx64.efi.signed",
        root / "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed",
    )
    files = {
        "/EFI/debian/shimx64.efi": shim,
        "/EFI/debian/grubx64.efi": grub,
        "/EFI/debian/grub.cfg": root / "boot/grub/stub.cfg",
        "/EFI/BOOT/BOOTX64.EFI": shim,
        "/EFI/BOOT/grubx64.efi": grub,
    }
    disk.make_esp(esp_node, ["/EFI", "/EFI/debian", "/EFI/BOOT"], files)
    (root / "boot/grub/stub.cfg").unlink()
