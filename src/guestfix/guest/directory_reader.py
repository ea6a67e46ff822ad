"""A guest whose root directory is mounted on this host.

Every path goes through openat2(2) with that directory as '/', so nothing in the guest, however it is linked, leads
out of it. Nothing but regular files and directories is ever opened for more than looking: a FIFO would block, and
opening a device can have effects.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from guestfix.guest import chattr, paths
from guestfix.guest.errors import (
    FileTooLarge,
    NotAFile,
    NotASymlink,
    RootNotUsable,
    TooManyNames,
)
from guestfix.guest.openat2 import openat2
from guestfix.guest.protocol import CHUNK, MAX_NAMES, TEXT_LIMIT, Attributes, Kind, Space, Status
from guestfix.guest.refusals import LEADS_NOWHERE, NO_XATTRS, refusal
from guestfix.untrusted import shown

KINDS = {stat.S_IFREG: Kind.FILE, stat.S_IFDIR: Kind.DIRECTORY, stat.S_IFLNK: Kind.SYMLINK}


class DirectoryReader:
    """A `GuestReader` on the mounted directory `root`. Close it, or use it as a context manager.

    Raises RootNotUsable and NoOpenat2.
    """

    def __init__(self, root: Path | str) -> None:
        try:
            self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise RootNotUsable(
                f"cannot open {shown(str(root))} as a guest's root: {error.strerror}",
                hint="give the directory in which the guest's root file system is mounted",
            ) from error
        os.close(openat2(self._root, "/", os.O_PATH))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the directory."""
        os.close(self._root)

    # GuestReader

    def status(self, path: str) -> Status | None:
        """See `GuestReader.status`."""
        return self._look(path, 0)

    def link_status(self, path: str) -> Status | None:
        """See `GuestReader.link_status`."""
        return self._look(path, os.O_NOFOLLOW)

    def resolve(self, path: str) -> str | None:
        """See `GuestReader.resolve`."""
        if self._look(path, 0) is None:
            return None
        return paths.resolve(self, path)

    def link_target(self, path: str) -> str:
        """See `GuestReader.link_target`."""
        with self._path_descriptor(path, "read", os.O_NOFOLLOW) as descriptor:
            if not stat.S_ISLNK(os.fstat(descriptor).st_mode):
                raise NotASymlink(f"{shown(path)} is no symbolic link")
            return os.readlink("", dir_fd=descriptor)

    def names(self, path: str) -> tuple[str, ...]:
        """See `GuestReader.names`."""
        try:
            descriptor = openat2(self._root, paths.checked(path), os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            if error.errno in LEADS_NOWHERE:
                return ()
            raise refusal(error.errno or 0, path, "list") from error
        found: list[str] = []
        try:
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    found.append(entry.name)
                    if len(found) > MAX_NAMES:
                        raise TooManyNames(f"{shown(path)} holds more than {MAX_NAMES} names")
        finally:
            os.close(descriptor)
        return tuple(sorted(found))

    def read(self, path: str, limit: int = TEXT_LIMIT) -> bytes:
        """See `GuestReader.read`."""
        with self._file(path) as descriptor:
            pieces: list[bytes] = []
            size = 0
            while piece := os.read(descriptor, min(CHUNK, limit + 1 - size)):
                pieces.append(piece)
                size += len(piece)
                if size > limit:
                    raise FileTooLarge(f"{shown(path)} has more than the {limit} bytes that were expected")
            return b"".join(pieces)

    def read_at(self, path: str, offset: int, length: int) -> bytes:
        """See `GuestReader.read_at`."""
        with self._file(path) as descriptor:
            pieces: list[bytes] = []
            while length > 0 and (piece := os.pread(descriptor, min(CHUNK, length), offset)):
                pieces.append(piece)
                offset += len(piece)
                length -= len(piece)
            return b"".join(pieces)

    def attributes(self, path: str) -> Attributes:
        """See `GuestReader.attributes`."""
        with self._path_descriptor(path, "look at") as descriptor:
            status = os.fstat(descriptor)
            return Attributes(
                uid=status.st_uid,
                gid=status.st_gid,
                mode=stat.S_IMODE(status.st_mode),
                atime_ns=status.st_atime_ns,
                mtime_ns=status.st_mtime_ns,
                xattrs=tuple(sorted(xattrs_at(descriptor).items())),
            )

    def space(self, path: str) -> Space:
        """See `GuestReader.space`."""
        with self._path_descriptor(path, "look at") as descriptor:
            room = os.fstatvfs(descriptor)
            return Space(
                file_system=str(os.fstat(descriptor).st_dev),
                free_bytes=room.f_bfree * room.f_frsize,
                total_bytes=room.f_blocks * room.f_frsize,
                free_inodes=room.f_ffree,
                total_inodes=room.f_files,
                block_size=room.f_frsize,
                read_only=bool(room.f_flag & os.ST_RDONLY),
            )

    def protection(self, path: str) -> str:
        """See `GuestReader.protection`."""
        with self._flagged(path) as descriptor:
            return "" if descriptor is None else chattr.letters(descriptor)

    # Inside

    def _look(self, path: str, flags: int) -> Status | None:
        try:
            descriptor = openat2(self._root, paths.checked(path), os.O_PATH | flags)
        except OSError as error:
            if error.errno in LEADS_NOWHERE:
                return None
            raise refusal(error.errno or 0, path, "look at") from error
        try:
            return _status(os.fstat(descriptor))
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _flagged(self, path: str) -> Iterator[int | None]:
        """Yield a descriptor whose flags can be asked for; None if `path` is of a kind that has none."""
        with self._path_descriptor(path, "look at the flags of", os.O_NOFOLLOW) as found:
            if stat.S_IFMT(os.fstat(found).st_mode) not in (stat.S_IFREG, stat.S_IFDIR):
                yield None
                return
            descriptor = reopen(found)
            try:
                yield descriptor
            finally:
                os.close(descriptor)

    @contextlib.contextmanager
    def _path_descriptor(self, path: str, doing: str, flags: int = 0) -> Iterator[int]:
        """Yield an O_PATH descriptor, which touches nothing; OSError inside becomes ours."""
        with refusing(path, doing):
            descriptor = openat2(self._root, paths.checked(path), os.O_PATH | flags)
            try:
                yield descriptor
            finally:
                os.close(descriptor)

    @contextlib.contextmanager
    def _file(self, path: str) -> Iterator[int]:
        """Yield a descriptor of the regular file `path`, open for reading; its access time stays."""
        with self._path_descriptor(path, "read") as found:
            if not stat.S_ISREG(os.fstat(found).st_mode):
                raise NotAFile(f"{shown(path)} is no regular file")
            descriptor = reopen(found)
            try:
                yield descriptor
            finally:
                os.close(descriptor)


@contextlib.contextmanager
def refusing(path: str, doing: str) -> Iterator[None]:
    """Turn an OSError of the block into the `GuestIOError` that says what was tried with `path`."""
    try:
        yield
    except OSError as error:
        raise refusal(error.errno or 0, path, doing) from error


def _status(found: os.stat_result) -> Status:
    return Status(
        kind=KINDS.get(stat.S_IFMT(found.st_mode), Kind.OTHER),
        size=found.st_size,
        mode=stat.S_IMODE(found.st_mode),
        uid=found.st_uid,
        gid=found.st_gid,
        atime_ns=found.st_atime_ns,
        mtime_ns=found.st_mtime_ns,
        ctime_ns=found.st_ctime_ns,
        inode=found.st_ino,
        device=found.st_dev,
        links=found.st_nlink,
    )


def by_descriptor(descriptor: int) -> str:
    """Return a path of this host that is exactly this inode, whatever is renamed meanwhile."""
    return f"/proc/self/fd/{descriptor}"


def reopen(found: int) -> int:
    """Open for reading the regular file or directory whose O_PATH descriptor is `found`. Raises OSError."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(by_descriptor(found), flags | os.O_NOATIME)
    except PermissionError:
        # O_NOATIME is for the owner and root (open(2)).
        return os.open(by_descriptor(found), flags)


def xattrs_at(descriptor: int) -> dict[str, bytes]:
    """Return the extended attributes of an inode; none where the file system has none. Raises OSError."""
    inode = by_descriptor(descriptor)
    try:
        return {name: os.getxattr(inode, name) for name in os.listxattr(inode)}
    except OSError as error:
        if error.errno in NO_XATTRS:
            return {}
        raise
