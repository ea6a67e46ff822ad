"""What recipes do to a guest that is mounted at `root`: files, users, initramfs, boot loader."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterable
from pathlib import Path

from builder.steps import chroot, run

# 2019-03-02 08:00:00.123456789 UTC: an old change with nanoseconds, so that a lost or rounded time is seen.
OLD = 1551513600_123456789
MACHINE_ID = "4d1a3f0f6e0c4a0b9f6f3c5d7e8a9b0c"


def stable_uuid(*words: str) -> str:
    """The same UUID at every build of the same guest."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, "/".join(("guestfix.invalid", *words))))


def write(root: Path, path: str, text: str, *, mode: int = 0o644, when: int | None = None) -> None:
    """Write one file of the guest; `when` is its time of last change in nanoseconds."""
    file = root / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)
    if when is not None:
        os.utime(file, ns=(when, when))


def identity(root: Path, hostname: str) -> None:
    """A machine that has been running: host name, machine id, root and one user, both with password `guestfix`.

    The build host's resolv.conf, which mmdebstrap leaves there, is none of it.
    """
    (root / "etc/resolv.conf").unlink(missing_ok=True)
    write(root, "/etc/hostname", f"{hostname}\n")
    write(root, "/etc/hosts", f"127.0.0.1\tlocalhost\n127.0.1.1\t{hostname}\n")
    write(root, "/etc/machine-id", f"{MACHINE_ID}\n", mode=0o444)
    chroot(root, "useradd", "--create-home", "--shell", "/bin/bash", "petra")
    chroot(root, "chpasswd", stdin="root:guestfix\npetra:guestfix\n")


def kernel_version(root: Path) -> str:
    """The version of the guest's one kernel."""
    (modules,) = (root / "lib/modules").iterdir()
    return modules.name


def initramfs_for(root: Path, modules: Iterable[str], absent: Iterable[str]) -> None:
    """Make the initramfs with just these modules, and check that those of `absent` are not in it.

    This is what MODULES=dep would make on the hardware that has them. Here MODULES=dep would look at the build
    host's /sys instead, so the image is made from a list and the configuration says MODULES=dep afterwards.
    """
    wanted = list(modules)
    configuration = root / "etc/initramfs-tools/initramfs.conf"
    listed = root / "etc/initramfs-tools/modules"
    default, no_modules = configuration.read_text(), listed.read_text()
    configuration.write_text(default.replace("MODULES=most", "MODULES=list"))
    listed.write_text("\n".join(wanted) + "\n")
    version = kernel_version(root)
    chroot(root, "update-initramfs", "-c", "-k", version)
    listed.write_text(no_modules)
    configuration.write_text(default.replace("MODULES=most", "MODULES=dep"))
    inside = chroot(root, "lsinitramfs", f"/boot/initrd.img-{version}")
    names = {Path(line).name.split(".ko")[0].replace("-", "_") for line in inside.splitlines()}
    assert names >= set(wanted), f"not in the initramfs: {set(wanted) - names}"
    assert not names & set(absent), f"in the initramfs, though unwanted: {names & set(absent)}"


def grub_pc(root: Path, device: str, named: str = "/dev/sda1") -> None:
    """Put GRUB 2 in the boot sector of `device`, which has /boot of `root`.

    Its menu says `root=named`, and calls the disk /dev/sda, as it was in VMware.
    """
    device_map = root / "boot/grub/device.map"
    write(root, "/boot/grub/device.map", f"(hd0)\t{device}\n")
    chroot(root, "grub-install", "--target=i386-pc", device)
    chroot(root, "update-grub")
    device_map.write_text("(hd0)\t/dev/sda\n")
    generated = root / "boot/grub/grub.cfg"
    # The generator names disk and root as the build host does, which has no links by UUID without udev.
    menu = generated.read_text().replace(f"{device}p", "/dev/sda")
    menu = re.sub(r" root=\S+ ro ", f" root={named} ro ", menu)
    generated.write_text(menu)
    assert f" root={named} ro " in menu
    assert "loop" not in menu.replace("loopback", "")


def preserved_attributes(root: Path) -> None:
    """An ACL, extended attributes and old times on files that a migration edits, to see them kept."""
    run("setfacl", "--modify", "u:1000:r", root / "etc/fstab")
    run("setfattr", "--name=user.ticket", "--value=CHG-4711", root / "etc/network/interfaces")
    for path in ("etc/fstab", "etc/network/interfaces", "etc/default/grub"):
        os.utime(root / path, ns=(OLD, OLD))


def selinux_labels(root: Path) -> None:
    """Label every file as SELinux does; no program here enforces it, so the types are rough."""
    types = {"etc": "etc_t", "boot": "boot_t", "var": "var_t", "home": "user_home_t"}
    for top in sorted(root.iterdir()):
        if top.name not in ("dev", "proc", "sys"):
            label = f"system_u:object_r:{types.get(top.name, 'usr_t')}:s0"
            run("find", top, "-xdev", "-exec", "setfattr", "-h", "-n", "security.selinux", "-v", label, "{}", "+")
    write(root, "/etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n")
