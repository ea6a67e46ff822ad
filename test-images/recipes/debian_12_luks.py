"""Debian 12 with its root on LVM inside LUKS, opened by a key file in the initramfs; device names in crypttab.

It starts without a person at the console, as people set servers up who encrypt for the disk's end of life.
"""

from __future__ import annotations

from pathlib import Path

from builder import appliance, disk, guest, vmware
from builder.steps import step

NAME = "debian-12-luks"
KEYS = {"/dev/sda2": "passphrase"}
PASSPHRASE = "correct horse battery staple"
BOOT, LUKS, ROOT, SWAP = (guest.stable_uuid(NAME, word) for word in ("boot", "luks", "root", "swap"))
# The second partition without the room that a LUKS header of QEMU takes.
PLAIN_BYTES = 3194880 * 512 - 4 * disk.MIB
TABLE = """\
label: dos
label-id: 0x5ca1ab1e
start=2048, size=497664, type=83, bootable
start=499712, size=3194880, type=83
"""
FSTAB = f"""\
# /etc/fstab: static file system information.
#
# <file system> <mount point>   <type>  <options>       <dump>  <pass>
/dev/mapper/crypt--vg-root /               ext4    errors=remount-ro 0       1
# /boot was on /dev/sda1 during installation
UUID={BOOT} /boot           ext4    defaults        0       2
/dev/mapper/crypt--vg-swap none            swap    sw              0       0
"""
CRYPTTAB = """\
# <target name> <source device>         <key file>      <options>
sda2_crypt /dev/sda2 /etc/keys/root.key luks,discard,initramfs
"""
KEY_FILE = "/etc/keys/root.key"
KEY = guest.stable_uuid(NAME, "key") * 10


def build(image: Path) -> None:
    """Make the disk, and the passphrase beside it."""
    disk.partitioned(image, 1805, TABLE)
    passphrase = image.with_name("passphrase")
    passphrase.write_text(PASSPHRASE + "\n")
    source, plain = image.with_name("source.ext4"), image.with_name("plain")
    with disk.attached(image) as device:
        boot = disk.partition(device, 1)
        disk.make_ext4(boot, BOOT)
        with appliance.prepared_root(source, "ext4", ROOT, boot=boot) as root:
            _configure(root)
            with step("GRUB in the boot sector"):
                guest.grub_pc(root, device, "/dev/mapper/crypt--vg-root")
    with plain.open("wb") as file:
        file.truncate(PLAIN_BYTES)
    with appliance.started([plain], source) as machine:
        machine.make_group("crypt-vg", "/dev/sda", SWAP)
    with step("encrypt it"):
        disk.encrypt(plain, [PASSPHRASE, KEY], LUKS)
        disk.write_partition(image, 2, plain)
    plain.unlink()


def _configure(root: Path) -> None:
    guest.identity(root, "vault01")
    guest.write(root, "/etc/fstab", FSTAB)
    guest.write(root, "/etc/resolv.conf", vmware.RESOLV_CONF)
    guest.write(root, "/etc/network/interfaces", vmware.INTERFACES)
    guest.write(root, KEY_FILE, KEY, mode=0o400)
    guest.write(root, "/etc/cryptsetup-initramfs/conf-hook", 'KEYFILE_PATTERN="/etc/keys/*.key"\n')
    guest.write(root, "/etc/initramfs-tools/conf.d/umask", "UMASK=0077\n")
    guest.write(root, "/etc/initramfs-tools/conf.d/resume", "RESUME=/dev/mapper/crypt--vg-swap\n")
    with step("initramfs for VMware's disks"):
        # The hook writes the UUID of an opened device into the image; here there is none that it could see.
        guest.write(root, "/etc/crypttab", CRYPTTAB.replace("/dev/sda2", f"UUID={LUKS}"))
        guest.initramfs_for(root, [*vmware.MODULES, "dm_mod", "dm_crypt", "xts"], vmware.ABSENT)
    guest.write(root, "/etc/crypttab", CRYPTTAB)
