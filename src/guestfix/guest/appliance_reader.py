"""A guest whose disks are mounted in the libguestfs appliance, as far as it is only looked at."""

from __future__ import annotations

import stat
import tempfile
from typing import Final

from guestfix.guest import paths
from guestfix.guest.daemon import Daemon, Numbers, calling
from guestfix.guest.errors import FileMissing, FileTooLarge, GuestIOError, NotAFile, NotASymlink, TooManyNames
from guestfix.guest.protocol import CHUNK, MAX_NAMES, TEXT_LIMIT, Attributes, Kind, Space, Status
from guestfix.guest.refusals import LEADS_NOWHERE, NO_XATTRS, errno_of
from guestfix.untrusted import shown

KINDS: Final = {stat.S_IFREG: Kind.FILE, stat.S_IFDIR: Kind.DIRECTORY, stat.S_IFLNK: Kind.SYMLINK}

MAX_DIRECTORY: Final = 32 * 1024 * 1024
"""Bytes of a directory itself: 100,000 names of the greatest length stay below it."""

SECOND: Final = 1_000_000_000


class ApplianceReader:
    """A `GuestReader` over a launched `guestfs.GuestFS` handle whose file systems are mounted.

    The handle may be the caller's own. libguestfs resolves every path inside the guest (guestfs(3), chroot).
    Mount with `noatime`, or reading a file changes its access time.
    """

    def __init__(self, handle: Daemon) -> None:
        self._handle = handle

    def status(self, path: str) -> Status | None:
        """See `GuestReader.status`."""
        return self._look(path, follow=True)

    def link_status(self, path: str) -> Status | None:
        """See `GuestReader.link_status`."""
        return self._look(path, follow=False)

    def resolve(self, path: str) -> str | None:
        """See `GuestReader.resolve`: one lstat a component costs less than one `realpath`."""
        return paths.resolve(self, path)

    def link_target(self, path: str) -> str:
        """See `GuestReader.link_target`."""
        status = self.link_status(path)
        if status is None:
            raise FileMissing(f"there is no {shown(path)}")
        if status.kind is not Kind.SYMLINK:
            raise NotASymlink(f"{shown(path)} is no symbolic link")
        with calling(path, "read"):
            return self._handle.readlink(path)

    def names(self, path: str) -> tuple[str, ...]:
        """See `GuestReader.names`."""
        status = self.status(path)
        if status is None or status.kind is not Kind.DIRECTORY:
            return ()
        if status.size > MAX_DIRECTORY:
            raise TooManyNames(f"{shown(path)} is a directory of {status.size} bytes")
        with calling(path, "list"):
            try:
                found = [str(entry["name"]) for entry in self._handle.readdir(path)]
            except UnicodeDecodeError:
                # The binding decodes names as strict UTF-8; a file of bytes it leaves alone.
                found = self._names_as_bytes(path)
        found = [name for name in found if name not in {".", ".."}]
        if len(found) > MAX_NAMES:
            raise TooManyNames(f"{shown(path)} holds more than {MAX_NAMES} names")
        return tuple(sorted(found))

    def read(self, path: str, limit: int = TEXT_LIMIT) -> bytes:
        """See `GuestReader.read`."""
        status = self._file(path)
        if status.size > limit:
            raise FileTooLarge(f"{shown(path)} has {status.size} bytes; at most {limit} were expected")
        return self._pread(path, 0, status.size)

    def read_at(self, path: str, offset: int, length: int) -> bytes:
        """See `GuestReader.read_at`."""
        status = self._file(path)
        return self._pread(path, offset, max(0, min(length, status.size - offset)))

    def attributes(self, path: str) -> Attributes:
        """See `GuestReader.attributes`."""
        status = self.status(path)
        if status is None:
            raise FileMissing(f"there is no {shown(path)}")
        return Attributes(
            uid=status.uid,
            gid=status.gid,
            mode=status.mode,
            atime_ns=status.atime_ns,
            mtime_ns=status.mtime_ns,
            xattrs=tuple(sorted(self._xattrs(path).items())),
        )

    def space(self, path: str) -> Space:
        """See `GuestReader.space`."""
        status = self.status(path)
        if status is None:
            raise FileMissing(f"there is no {shown(path)}")
        with calling(path, "look at the space of"):
            room = self._handle.statvfs(path)
        return Space(
            file_system=str(status.device),
            free_bytes=room["bfree"] * room["frsize"],
            total_bytes=room["blocks"] * room["frsize"],
            free_inodes=room["ffree"],
            total_inodes=room["files"],
            block_size=room["frsize"],
            read_only=bool(room["flag"] & 1),  # ST_RDONLY
        )

    def protection(self, path: str) -> str:
        """See `GuestReader.protection`."""
        status = self.link_status(path)
        if status is None or status.kind not in {Kind.FILE, Kind.DIRECTORY}:
            return ""
        with calling(path, "look at the flags of"):
            try:
                found = self._handle.get_e2attrs(path)
            except RuntimeError as error:
                # lsattr(1) on a file system that knows no flags: FAT, NTFS.
                if "While reading flags" in str(error):
                    return ""
                raise
        return "".join(letter for letter in "ai" if letter in found)

    def _look(self, path: str, *, follow: bool) -> Status | None:
        paths.checked(path)
        with calling(path, "look at"):
            try:
                found = self._handle.statns(path) if follow else self._handle.lstatns(path)
            except RuntimeError as error:
                if errno_of(str(error)) in LEADS_NOWHERE:
                    return None
                raise
        return _status(found)

    def _file(self, path: str) -> Status:
        """Return the status of the regular file `path`; the daemon would hang on a FIFO."""
        status = self.status(path)
        if status is None:
            raise FileMissing(f"there is no {shown(path)}")
        if status.kind is not Kind.FILE:
            raise NotAFile(f"{shown(path)} is no regular file")
        return status

    def _pread(self, path: str, offset: int, length: int) -> bytes:
        pieces: list[bytes] = []
        with calling(path, "read"):
            while length > 0 and (piece := self._handle.pread(path, min(CHUNK, length), offset)):
                pieces.append(piece)
                offset += len(piece)
                length -= len(piece)
        return b"".join(pieces)

    def _xattrs(self, path: str) -> dict[str, bytes]:
        try:
            with calling(path, "read the extended attributes of"):
                found = self._handle.getxattrs(path)
        except GuestIOError as error:
            if errno_of(str(error.__cause__)) in NO_XATTRS:
                return {}
            raise
        return {str(entry["attrname"]): bytes(entry["attrval"]) for entry in found}

    def _names_as_bytes(self, path: str) -> list[str]:
        with tempfile.NamedTemporaryFile(prefix="guestfix-names-") as file:
            self._handle.ls0(path, file.name)
            names = file.read().split(b"\0")
        return [name.decode("utf-8", "surrogateescape") for name in names if name]


def _status(found: Numbers) -> Status:
    return Status(
        kind=KINDS.get(stat.S_IFMT(found["st_mode"]), Kind.OTHER),
        size=found["st_size"],
        mode=stat.S_IMODE(found["st_mode"]),
        uid=found["st_uid"],
        gid=found["st_gid"],
        atime_ns=found["st_atime_sec"] * SECOND + found["st_atime_nsec"],
        mtime_ns=found["st_mtime_sec"] * SECOND + found["st_mtime_nsec"],
        ctime_ns=found["st_ctime_sec"] * SECOND + found["st_ctime_nsec"],
        inode=found["st_ino"],
        device=found["st_dev"],
        links=found["st_nlink"],
    )
