"""Disks for whole runs: copies of built guests, and small ones made of a file tree in a second."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import pytest

MIB = 1 << 20

GRUB_AT, GRUB = 0x180, b"GRUB \0Geom\0Hard Disk\0Read\0 Error\r\n\0"
"""What GRUB 2's boot.img has in its first sector: a disk without it is refused, for nothing would start it."""

OS_RELEASE = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
SMALL_TREE: Mapping[str, str | bytes] = {
    "/etc/os-release": OS_RELEASE,
    "/etc/debian_version": "12.7\n",
    "/etc/fstab": "/dev/sda1 / ext4 defaults 0 1\n",
}
"""What makes a root file system, and one thing to mend."""


def copy_of(image: Path, folder: Path) -> Path:
    """Return a writable copy, sparse as the original is."""
    folder.mkdir(exist_ok=True)
    target = folder / "web1.img"
    subprocess.run(["cp", "--sparse=always", image, target], check=True)
    target.chmod(0o600)
    return target


def digest(path: Path) -> str:
    """Return the SHA-256 of a whole file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_system(
    image: Path,
    tree: Mapping[str, str | bytes],
    *,
    size: int = 24 * MIB,
    kind: str = "ext4",
    links: Mapping[str, str] = {},
) -> None:
    """Make `image` a file system with these files and symbolic links, by mke2fs: nothing is mounted."""
    folder = image.with_name(image.name + ".tree")
    for path, content in tree.items():
        file = folder / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    for path, target in links.items():
        link = folder / path.lstrip("/")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
    with image.open("wb") as out:
        out.truncate(size)
    subprocess.run(["mke2fs", "-q", "-F", "-t", kind, "-d", folder, image], check=True)
    shutil.rmtree(folder)


def disk_of(image: Path, *parts: Path) -> Path:
    """Make `image` a disk with an MBR, GRUB's words in it, and these file systems as its primary partitions."""
    start, script = 1, ["label: dos"]
    with image.open("wb") as out:
        for part in parts:
            size = part.stat().st_size // MIB
            script.append(f"start={start * 2048}, size={size * 2048}, type=83")
            out.seek(start * MIB)
            out.write(part.read_bytes())
            part.unlink()
            start += size
        out.truncate((start + 1) * MIB)
    subprocess.run(["sfdisk", "-q", image], input="\n".join(script), text=True, check=True, capture_output=True)
    with image.open("r+b") as out:
        out.seek(GRUB_AT)
        out.write(GRUB)
    return image


class MakeGuest(Protocol):
    """Makes a disk with one partition: `SMALL_TREE`, and `tree` over it (None takes a file away)."""

    def __call__(
        self,
        name: str = "small.img",
        *,
        tree: Mapping[str, str | bytes | None] = {},
        size: int = 24 * MIB,
        kind: str = "ext4",
    ) -> Path: ...


@pytest.fixture
def small_guest(tmp_path: Path) -> MakeGuest:
    """Return what makes small guests in this test's folder."""

    def make(
        name: str = "small.img",
        *,
        tree: Mapping[str, str | bytes | None] = {},
        size: int = 24 * MIB,
        kind: str = "ext4",
    ) -> Path:
        everything = {**SMALL_TREE, **tree}
        kept = {path: content for path, content in everything.items() if content is not None}
        file_system(tmp_path / "part", kept, size=size, kind=kind)
        return disk_of(tmp_path / name, tmp_path / "part")

    return make


@pytest.fixture(scope="session")
def manifest(project: Path) -> Callable[[Path], dict[str, str]]:
    """Return every file of a raw disk by its name, read through the host's own kernel."""

    def listed(disk: Path) -> dict[str, str]:
        text = subprocess.run(
            [sys.executable, project / "tools" / "manifest", disk], check=True, stdout=subprocess.PIPE
        ).stdout.decode()
        return dict(line.split(" ", 1) for line in text.splitlines())

    return listed
