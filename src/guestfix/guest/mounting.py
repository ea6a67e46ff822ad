"""Find the root file system of a guest and put the others in their places, inside the appliance.

libguestfs has `inspect_os` for this; it mounts and probes everything and costs more than the launch (14 s against
10 s, emulated). Here the superblocks, read as raw bytes, say what can be a root, and only those are mounted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from guestfix.errors import Refused
from guestfix.formats import fstab
from guestfix.untrusted import shown

ROOT_TYPES: Final = ("ext2", "ext3", "ext4", "xfs", "btrfs", "jfs", "reiserfs", "ntfs")
"""File systems, as blkid names them, that operating systems which we know put their root on."""

OPTIONS: Final = {"ntfs": "permissions"}
"""Mount options that a file system needs.

Without `permissions` ntfs-3g gives every new file an ACL by which everybody may do everything, and the edited SAM
and SYSTEM would be open to all (as in CVE-2021-36934). With it the ACL says what the mode says (ntfs-3g(8)).
"""

BTRFS_ROOTS: Final = ("@", "root", "@rootfs", "@root")
"""Subvolumes that hold the root in openSUSE and Ubuntu, Fedora, Debian and others, if the default one does not."""


OTHER_SUBVOLUMES: Final = 24
"""Subvolumes with other names that are looked into, the ones nearest to the top first."""

FSTAB_BYTES: Final = 1 << 20


class Handle(Protocol):
    """The part of `guestfs.GuestFS` that mounting needs."""

    def mount_options(self, options: str, mountable: str, mountpoint: str) -> None:
        """mount(8) with options."""
        ...

    def umount_all(self) -> None:
        """Unmount everything."""
        ...

    def remount(self, mountpoint: str, *, rw: bool) -> None:
        """Change between read-only and writable."""
        ...

    def exists(self, path: str) -> bool:
        """Whether a path exists in what is mounted."""
        ...

    def is_dir(self, path: str, *, followsymlinks: bool) -> bool:
        """Whether a path is a directory."""
        ...

    def pread(self, path: str, count: int, offset: int) -> bytes:
        """At most `count` bytes of a file."""
        ...

    def btrfs_subvolume_list(self, fs: str) -> Sequence[Mapping[str, Any]]:
        """The subvolumes of the Btrfs that is mounted at `fs`."""
        ...


class NoOperatingSystem(Refused):
    """No file system of these images holds an operating system that we know."""

    code = "GF-NO-OS"
    aliases = ("Unknown OS / Missing OS files.", "Unable to find an etc directory with fstab.")


class OstreeRoot(Refused):
    """The root is a deployment inside an ostree repository, which nothing here adapts."""

    code = "GF-OSTREE"


class SeveralOperatingSystems(Refused):
    """More than one root: a person must choose."""

    code = "GF-SEVERAL-OS"
    aliases = ("ClientError: Unsupported configuration - Multiple directories found",)


class MountFailed(Refused):
    """The appliance could not mount a file system that the guest cannot do without."""

    code = "GF-MOUNT-FAILED"
    aliases = ("Disk validation failed",)


@dataclass(frozen=True, slots=True)
class Root:
    """A file system that holds an operating system."""

    device: str
    """Its device in the appliance."""
    type: str
    options: str
    """Mount options that lead to it, `subvol=@` for example."""
    family: str
    """linux or windows."""

    @property
    def name(self) -> str:
        """What `--root-device` calls it."""
        return f"{self.device}:{self.options.removeprefix('subvol=')}" if self.options else self.device


@dataclass(frozen=True, slots=True)
class Place:
    """One file system and where it belongs."""

    device: str
    path: str
    type: str
    options: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A volume that may hold a root."""

    device: str
    type: str
    subvolumes: tuple[str, ...] = ()


def find_roots(handle: Handle, candidates: Iterable[Candidate]) -> tuple[Root, ...]:
    """Mount each candidate read-only, look for the marks of an operating system, unmount it again.

    Of a Btrfs the default subvolume is tried first, which is a snapshot's on openSUSE, then the usual names, then
    the others. Of these only one whose own fstab mounts it at / is a root: a snapshot's fstab names another. What
    cannot be mounted holds no root for us; the caller says so if none is found. Raises OstreeRoot.
    """
    roots: list[Root] = []
    ostree = ""
    for candidate in candidates:
        if candidate.type not in ROOT_TYPES:
            continue
        for name in ("", *_in_order(candidate.subvolumes)):
            options = f"subvol={name}" if name else ""
            if not mounted(handle, candidate.device, "/", options, read_only=True):
                continue
            family = family_of(handle)
            if family is None and handle.is_dir("/ostree/repo", followsymlinks=False):
                ostree = candidate.device
            if family and name not in ("", *BTRFS_ROOTS) and not _mounts_itself(handle, name):
                family = None
            handle.umount_all()
            if family:
                roots.append(Root(candidate.device, candidate.type, options, family))
                break
    if ostree and not roots:
        raise OstreeRoot(
            f"the system on {ostree} is made by ostree (Fedora CoreOS, Silverblue, RHEL for Edge or the like)",
            hint="deploy the platform's own image of this system, and move the data; nothing here adapts it",
        )
    return tuple(roots)


def subvolumes_of(handle: Handle, device: str) -> tuple[str, ...]:
    """Return the paths of a Btrfs' subvolumes from its top; empty if it cannot be mounted.

    It is mounted read-only for that: `btrfs_subvolume_list` of a device mounts it for writing.
    """
    if not mounted(handle, device, "/", "subvolid=5", read_only=True):
        return ()
    paths = tuple(str(entry["btrfssubvolume_path"]) for entry in handle.btrfs_subvolume_list("/"))
    handle.umount_all()
    return paths


def _in_order(subvolumes: Sequence[str]) -> tuple[str, ...]:
    usual = [name for name in BTRFS_ROOTS if name in subvolumes]
    # A comma would end the mount option and begin another.
    others = [name for name in subvolumes if name not in BTRFS_ROOTS and "," not in name]
    return (*usual, *sorted(others, key=lambda name: (name.count("/"), name))[:OTHER_SUBVOLUMES])


def _mounts_itself(handle: Handle, subvolume: str) -> bool:
    if not handle.exists("/etc/fstab"):
        return False
    table = fstab.parse(handle.pread("/etc/fstab", FSTAB_BYTES, 0))
    named = {
        option.removeprefix("subvol=").strip("/")
        for _, entry in table.entries
        if entry.file == "/"
        for option in entry.options
        if option.startswith("subvol=")
    }
    return subvolume.strip("/") in named


def family_of(handle: Handle) -> str | None:
    """Return `linux`, `windows` or None by what is mounted at /."""
    if handle.is_dir("/etc", followsymlinks=False):
        for mark in ("/etc/fstab", "/etc/os-release", "/usr/lib/os-release"):
            if handle.exists(mark):
                return "linux"
    for folder in ("/Windows", "/WINDOWS", "/WINNT"):
        if handle.is_dir(f"{folder}/System32", followsymlinks=False) or handle.is_dir(
            f"{folder}/system32", followsymlinks=False
        ):
            return "windows"
    return None


def choose_root(roots: Sequence[Root], wanted: str | None) -> Root:
    """Return the one root, or the one that `--root-device` names. Never asks."""
    if wanted is not None:
        for root in roots:
            if wanted in (root.name, root.device):
                return root
        known = ", ".join(root.name for root in roots) or "none was found"
        raise NoOperatingSystem(
            f"{shown(wanted)} holds no operating system",
            hint=f"give --root-device one of these: {known}",
        )
    if not roots:
        raise NoOperatingSystem(
            "no file system on these images holds an operating system that we know",
            hint="give all the disks of the guest, in their order; an encrypted or damaged root is not seen",
        )
    if len(roots) > 1:
        names = ", ".join(f"{root.name} ({root.family})" for root in roots)
        raise SeveralOperatingSystems(
            f"{len(roots)} operating systems were found: {names}",
            hint="say which one with --root-device; images of different guests belong in runs of their own",
        )
    return roots[0]


def mounted(handle: Handle, device: str, path: str, options: str, *, read_only: bool) -> bool:
    """Mount and return True, or False when the appliance says it cannot."""
    words = ",".join(word for word in ("ro" if read_only else "rw", "noatime", options) if word)
    try:
        handle.mount_options(words, device, path)
    except RuntimeError:
        return False
    return True


def mount_all(handle: Handle, places: Sequence[Place], *, read_only: bool) -> tuple[Place, ...]:
    """Mount `places` (the root first) and return those that could be. The root must."""
    done: list[Place] = []
    for place in sorted(places, key=lambda place: place.path.count("/") if place.path != "/" else 0):
        if mounted(handle, place.device, place.path, place.options, read_only=read_only):
            done.append(place)
        elif place.path == "/":
            raise MountFailed(
                f"the root file system on {place.device} ({place.type}) cannot be mounted",
                hint="check it with fsck; file-system features newer than the appliance need a newer kernel there",
            )
    return tuple(done)
