"""One disk image: partitions by sfdisk, seen by the host through a loop device, mounted while it is filled."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from builder.steps import BuildFailed, run

MIB = 1024 * 1024
SECTOR = 512
TRIES = 10


def partitioned(disk: Path, size_mib: int, table: str) -> None:
    """Make a sparse raw image with a partition table in the words of sfdisk(8)."""
    with disk.open("wb") as image:
        image.truncate(size_mib * MIB)
    run("sfdisk", "--quiet", disk, stdin=table)


@contextmanager
def attached(disk: Path) -> Iterator[str]:
    """Attach the image to a loop device with partitions; yields the device, such as /dev/loop0."""
    device = run("losetup", "--find", "--show", disk).strip()
    try:
        # Not `losetup -P`: where nothing listens to the kernel's events the partitions stay unknown.
        run("partx", "--add", device)
        yield device
    finally:
        run("partx", "--delete", device)
        run("losetup", "--detach", device)


def partition(device: str, number: int) -> str:
    """The node of a partition, once it is there."""
    node = Path(f"{device}p{number}")
    for _ in range(50):
        if node.is_block_device():
            return str(node)
        time.sleep(0.1)
    raise BuildFailed(f"{node} did not appear after partx")


@contextmanager
def mounted(node: str, where: Path, options: str = "rw") -> Iterator[Path]:
    """Mount a file system of our own making; unmounted, trimmed to what is used, at the end."""
    where.mkdir(parents=True, exist_ok=True)
    run("mount", "-o", options, node, where)
    try:
        yield where
        run("fstrim", where)
    finally:
        run("umount", "--recursive", where)
        where.rmdir()


def bind_host_devices(root: Path) -> None:
    """Give the guest's own programs (grub-install, update-initramfs) /dev, /proc and /sys; gone with the mount."""
    for name in ("dev", "proc", "sys"):
        run("mount", "--bind", f"/{name}", root / name)


def mount_inside(node: str, where: Path, options: str = "rw") -> None:
    """Mount a further file system below one that is `mounted`; it goes with that one."""
    where.mkdir(parents=True, exist_ok=True)
    run("mount", "-o", options, node, where)


def guests_own_devices(root: Path, nodes: Mapping[str, str], links: Mapping[str, str] = {}) -> None:
    """Give the guest's programs a /dev with the disks of its old machine, and a /sys without any hardware.

    `nodes` are names in the guest (/dev/sda1) to partitions here; `links` are names that udev had made there
    (/dev/disk/by-uuid/...) to those nodes. What looks at the machine's hardware, as dracut does, sees only these.
    """
    for name in ("dev", "sys"):
        run("mount", "-t", "tmpfs", "none", root / name)
    for name in ("null", "zero", "full", "random", "urandom", "tty", "console"):
        _same_node(Path("/dev") / name, root / "dev" / name)
    (root / "dev/fd").symlink_to("/proc/self/fd")
    for name, node in nodes.items():
        number = _same_node(Path(node), root / name.lstrip("/"))
        by_number = root / f"dev/block/{os.major(number)}:{os.minor(number)}"
        by_number.parent.mkdir(exist_ok=True)
        by_number.symlink_to(name)
        in_sys = root / "sys/devices" / Path(name).name
        in_sys.mkdir(parents=True)
        (root / "sys/dev/block").mkdir(parents=True, exist_ok=True)
        (root / "sys/dev/block" / by_number.name).symlink_to(f"../../devices/{in_sys.name}")
    for name, target in links.items():
        link = root / name.lstrip("/")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)


def _same_node(outside: Path, inside: Path) -> int:
    found = outside.stat()
    os.mknod(inside, found.st_mode, found.st_rdev)
    inside.chmod(found.st_mode & 0o777)
    return found.st_rdev


def make_ext4(node: str, uuid: str, *options: str) -> None:
    """An ext4 file system, or another of its family that `options` of mke2fs(8) ask for."""
    run("mkfs.ext4", "-q", "-F", *options, "-U", uuid, node)


def make_btrfs(node: str, uuid: str, subvolumes: Iterable[str], where: Path) -> None:
    """A Btrfs file system with these subvolumes at its top; `where` is a mount point for the moment."""
    run("mkfs.btrfs", "--quiet", "--force", "--uuid", uuid, node)
    with mounted(node, where) as top:
        for name in subvolumes:
            run("btrfs", "subvolume", "create", top / name)


def make_swap(node: str, uuid: str) -> None:
    """A swap area."""
    run("mkswap", "--uuid", uuid, node)


def make_esp(node: str, folders: Iterable[str], files: Mapping[str, Path]) -> None:
    """An EFI system partition with `files` (path inside to file outside), by mtools: no kernel driver needed."""
    run("mkfs.vfat", "-F", "32", "-i", "5ca1ab1e", node)
    for folder in folders:
        run("mmd", "-i", node, f"::{folder}")
    for inside, outside in files.items():
        run("mcopy", "-i", node, outside, f"::{inside}")


def encrypt(plain: Path, secrets: Sequence[str], uuid: str) -> None:
    """Turn a raw image into a LUKS one that each of the secrets opens.

    QEMU encrypts in user space, which needs no device mapper; it makes LUKS 1, here with keys cheap to try.
    """
    locked = plain.with_name(plain.name + ".luks")
    objects: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, secret in enumerate(secrets):
            file = Path(folder, str(number))
            file.write_text(secret)
            objects += ["--object", f"secret,id=key{number},file={file}"]
        _timed("qemu-img", "convert", *objects, "-f", "raw", "-O", "luks",
               "-o", "key-secret=key0,hash-alg=sha512,iter-time=10", plain, locked)  # fmt: skip
        target = f"driver=luks,key-secret=key0,file.filename={locked}"
        for number in range(1, len(secrets)):
            _timed("qemu-img", "amend", *objects, "--image-opts", target,
                   "-o", f"state=active,new-secret=key{number},iter-time=10")  # fmt: skip
    run("cryptsetup", "luksUUID", "--batch-mode", "--uuid", uuid, locked)
    locked.rename(plain)


def _timed(*command: str | Path) -> None:
    """Run a QEMU program that times its key derivation, which fails by chance: its clock is that of the ticks."""
    for _ in range(TRIES - 1):
        try:
            run(*command)
        except BuildFailed as failure:
            if "accurate CPU usage" not in str(failure):
                raise
        else:
            return
    run(*command)


def write_partition(disk: Path, number: int, content: Path) -> None:
    """Copy a file into a partition of a raw image; what is zero in it stays a hole."""
    table = json.loads(run("sfdisk", "--json", disk))["partitiontable"]
    partition = table["partitions"][number - 1]
    if content.stat().st_size > partition["size"] * SECTOR:
        raise BuildFailed(f"{content.name} has {content.stat().st_size} bytes, too many for partition {number}")
    run("dd", f"if={content}", f"of={disk}", "bs=1M", f"seek={partition['start'] * SECTOR}", "oflag=seek_bytes",
        "conv=sparse,notrunc", "status=none")  # fmt: skip
