"""Worlds: one guest of each implementation, and what a test needs to set it up behind the guest's back."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from guestfix.accel import usable_accelerator
from guestfix.guest import launch
from guestfix.guest.appliance import ApplianceGuest
from guestfix.guest.directory import DirectoryGuest
from guestfix.guest.memory import MemoryGuest
from guestfix.guest.protocol import GuestWriter

ACL_TEXT = "user::rw-,user:1000:rwx,group::r--,mask::rwx,other::r--"
ACL = bytes.fromhex("0200000001000600ffffffff02000700e803000004000400ffffffff10000700ffffffff20000400ffffffff")
CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000")


class World(Protocol):
    """A guest and an empty directory `base` in it."""

    guest: GuestWriter
    base: str
    has_byte_names: bool

    def symlink(self, path: str, target: str) -> None: ...
    def fifo(self, path: str) -> None: ...
    def acl_and_capability(self, path: str) -> None: ...
    def byte_name(self, directory: str, name: bytes) -> None: ...


class MemoryWorld:
    has_byte_names = True

    def __init__(self) -> None:
        self.memory = MemoryGuest(directories=["/t"])
        self.guest: GuestWriter = self.memory
        self.base = "/t"

    def symlink(self, path: str, target: str) -> None:
        self.memory.add_symlink(path, target)

    def fifo(self, path: str) -> None:
        self.memory.add_other(path)

    def acl_and_capability(self, path: str) -> None:
        inode = self.memory._own(path)
        inode.mode = 0o674
        inode.xattrs.update({"system.posix_acl_access": ACL, "security.capability": CAPABILITY})

    def byte_name(self, directory: str, name: bytes) -> None:
        self.memory.add_file(f"{directory}/{os.fsdecode(name)}", b"x")


class DirectoryWorld:
    has_byte_names = True

    def __init__(self, root: Path) -> None:
        self.root = root
        self.guest: GuestWriter = DirectoryGuest(root)
        self.base = "/t"
        (root / "t").mkdir()

    def real(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def symlink(self, path: str, target: str) -> None:
        self.real(path).symlink_to(target)

    def fifo(self, path: str) -> None:
        os.mkfifo(self.real(path))

    def acl_and_capability(self, path: str) -> None:
        os.setxattr(self.real(path), "system.posix_acl_access", ACL)
        os.setxattr(self.real(path), "security.capability", CAPABILITY)

    def byte_name(self, directory: str, name: bytes) -> None:
        self.real(f"{directory}/{os.fsdecode(name)}").write_bytes(b"x")


class ApplianceWorld:
    has_byte_names = False
    count = 0

    def __init__(self, handle: Any, scratch: Path) -> None:
        type(self).count += 1
        self.handle = handle
        self.scratch = scratch
        self.guest: GuestWriter = ApplianceGuest(handle)
        self.base = f"/t{self.count}"
        handle.mkdir(self.base)

    def symlink(self, path: str, target: str) -> None:
        self.handle.ln_s(target, path)

    def fifo(self, path: str) -> None:
        self.handle.mkfifo(0o600, path)

    def acl_and_capability(self, path: str) -> None:
        self.handle.acl_set_file(path, "access", ACL_TEXT)
        self.handle.cap_set_file(path, "cap_net_raw=ep")

    def byte_name(self, directory: str, name: bytes) -> None:
        archive = self.scratch / "names.tar"
        with tarfile.open(archive, "w", encoding="utf-8", errors="surrogateescape") as tar:
            member = tarfile.TarInfo(os.fsdecode(name))
            member.size = 1
            tar.addfile(member, io.BytesIO(b"x"))
        self.handle.tar_in(str(archive), directory)


@pytest.fixture(scope="session")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One appliance for all tests here: an ext4 at /, a FAT at /fat, an ext4 of 8 MiB at /small."""
    pytest.importorskip("guestfs", reason="libguestfs for Python is not installed")
    folder = tmp_path_factory.mktemp("appliance")
    drives = []
    for name, size in (("root", 256), ("fat", 64), ("small", 8)):
        image = folder / f"{name}.img"
        with image.open("wb") as file:
            file.truncate(size << 20)
        drives.append(launch.Drive(image, "raw", read_only=False, throwaway=True))
    handle = launch.launch(drives, accelerator=usable_accelerator().name, memory_mib=768)
    handle.mkfs("ext4", "/dev/sda")
    handle.mkfs("vfat", "/dev/sdb")
    handle.mkfs("ext4", "/dev/sdc")
    handle.mount_options("rw,noatime", "/dev/sda", "/")
    for device, path in (("/dev/sdb", "/fat"), ("/dev/sdc", "/small")):
        handle.mkdir(path)
        handle.mount_options("rw,noatime", device, path)
    handle.mkdir_p("/var/lib")
    yield handle
    launch.close(handle)


def needs_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root: owners, flags and security attributes are root's")


@pytest.fixture(params=["memory", "directory", pytest.param("appliance", marks=pytest.mark.appliance)])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "memory":
        yield MemoryWorld()
    elif request.param == "directory":
        needs_root()
        root = tmp_path / "root"
        root.mkdir()
        place = DirectoryWorld(root)
        yield place
        subprocess.run(["chattr", "-R", "-i", "-a", str(root)], capture_output=True, check=False)
        assert isinstance(place.guest, DirectoryGuest)
        place.guest.close()
    else:
        yield ApplianceWorld(request.getfixturevalue("appliance"), tmp_path)


@pytest.fixture
def directory_world(tmp_path: Path) -> Iterator[DirectoryWorld]:
    needs_root()
    root = tmp_path / "root"
    root.mkdir()
    place = DirectoryWorld(root)
    yield place
    assert isinstance(place.guest, DirectoryGuest)
    place.guest.close()
