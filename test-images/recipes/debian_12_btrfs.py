"""Debian 12 on Btrfs subvolumes with UEFI: systemd-boot and its entries, NetworkManager, dracut for one machine.

Kernel and initramfs that start are those on the EFI system partition, where kernel-install puts them; what is in
/boot is the same once more. Debian's GRUB has no blscfg, so its entries are read by systemd-boot.
"""

from __future__ import annotations

from pathlib import Path

from builder import debian, disk, dracut, guest, vmware
from builder.steps import step

NAME = "debian-12-btrfs"
FIRMWARE = "uefi"
ESP_SERIAL = "5CA1-AB1E"
TABLE = f"""\
label: gpt
label-id: {guest.stable_uuid(NAME, "disk")}
start=2048, size=524288, type=uefi, uuid={guest.stable_uuid(NAME, "partition 1")}
start=526336, size=3663872, type=linux, uuid={guest.stable_uuid(NAME, "partition 2")}
"""
ROOT = guest.stable_uuid(NAME, "root")
FSTAB = f"""\
# /etc/fstab: static file system information.
# <file system> <mount point>   <type>  <options>       <dump>  <pass>
/dev/sda2 /               btrfs   defaults,subvol=@rootfs 0       0
/dev/sda2 /home           btrfs   defaults,noatime,subvol=/@home 0       0
UUID={ESP_SERIAL}  /boot/efi       vfat    umask=0077      0       1
"""
COMMAND_LINE = "root=/dev/sda2 rootflags=subvol=@rootfs ro quiet"


def build(image: Path) -> None:
    """Make the disk."""
    disk.partitioned(image, 2048, TABLE)
    with disk.attached(image) as device:
        esp_node, root_node = (disk.partition(device, number) for number in (1, 2))
        where = image.with_name("root")
        disk.make_btrfs(root_node, ROOT, ("@rootfs", "@home"), where)
        with disk.mounted(root_node, where, "subvol=@rootfs") as root:
            disk.mount_inside(root_node, root / "home", "subvol=@home")
            debian.unpack_base("bookworm", debian.LIKE_RED_HAT, root)
            guest.identity(root, "web03")
            guest.write(root, "/etc/fstab", FSTAB)
            (root / "boot/efi").mkdir(exist_ok=True)
            vmware.network_manager(root)
            disk.bind_host_devices(root)
            disk.guests_own_devices(root, {"/dev/sda2": root_node}, {f"/dev/disk/by-uuid/{ROOT}": "/dev/sda2"})
            version = guest.kernel_version(root)
            initramfs = f"/boot/initrd.img-{version}"
            with step("hostonly initramfs for VMware's disks"):
                dracut.hostonly_for(
                    root,
                    initramfs,
                    modules=vmware.DISK_MODULES,
                    absent=vmware.ABSENT,
                )
            with step("systemd-boot on the EFI system partition"):
                _systemd_boot(root, esp_node, version)


def _systemd_boot(root: Path, esp_node: str, version: str) -> None:
    """Write what `bootctl install` and kernel-install write, without their look at the build host's firmware."""
    entry = f"""\
# Boot Loader Specification type#1 entry
# File created by /usr/lib/kernel/install.d/90-loaderentry.install (systemd 252.39-1~deb12u1)
title      Debian GNU/Linux 12 (bookworm)
version    {version}
machine-id {guest.MACHINE_ID}
sort-key   debian
options    {COMMAND_LINE} systemd.machine_id={guest.MACHINE_ID}
linux      /{guest.MACHINE_ID}/{version}/linux
initrd     /{guest.MACHINE_ID}/{version}/initrd.img-{version}
"""
    guest.write(root, "/etc/kernel/cmdline", f"{COMMAND_LINE}\n")
    guest.write(root, "/tmp/entry.conf", entry)
    guest.write(root, "/tmp/loader.conf", f"#timeout 3\n#console-mode keep\ndefault {guest.MACHINE_ID}-*\n")
    loader = root / "usr/lib/systemd/boot/efi/systemd-bootx64.efi"
    kernels = f"/{guest.MACHINE_ID}/{version}"
    files = {
        "/EFI/systemd/systemd-bootx64.efi": loader,
        "/EFI/BOOT/BOOTX64.EFI": loader,
        "/loader/loader.conf": root / "tmp/loader.conf",
        f"/loader/entries/{guest.MACHINE_ID}-{version}.conf": root / "tmp/entry.conf",
        f"{kernels}/linux": root / f"boot/vmlinuz-{version}",
        f"{kernels}/initrd.img-{version}": root / f"boot/initrd.img-{version}",
    }
    folders = ["/EFI", "/EFI/systemd", "/EFI/BOOT", "/loader", "/loader/entries", f"/{guest.MACHINE_ID}", kernels]
    disk.make_esp(esp_node, folders, files)
    for name in ("entry.conf", "loader.conf"):
        (root / "tmp" / name).unlink()
