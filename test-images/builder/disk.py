"""One disk image: partitions by sfdisk, seen by the host through a loop device, mounted while it is filled."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from builder.steps import BuildFailed, run

MIB = 1024 * 1024


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
def mounted(node: str, where: Path) -> Iterator[Path]:
    """Mount a file system of our own making; unmounted, trimmed to what is used, at the end."""
    where.mkdir(parents=True, exist_ok=True)
    run("mount", node, where)
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


def make_ext4(node: str, uuid: str) -> None:
    """An ext4 file system."""
    run("mkfs.ext4", "-q", "-F", "-U", uuid, node)


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
