"""A guest whose root directory is mounted on this host, and may be changed.

Names are created and removed in a directory that openat2(2) has opened inside the root, and their last component
is never followed: no symbolic link of the guest leads a change out of it.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from guestfix.guest import chattr, paths
from guestfix.guest.directory_reader import DirectoryReader, by_descriptor, refusing, xattrs_at
from guestfix.guest.errors import NotAFile
from guestfix.guest.openat2 import openat2, syncfs
from guestfix.guest.protocol import CHUNK, Attributes
from guestfix.guest.refusals import NO_HARD_LINKS, refusal
from guestfix.untrusted import shown


class DirectoryGuest(DirectoryReader):
    """A `GuestWriter` on the mounted directory `root`. Close it, or use it as a context manager.

    Changing owners, flags and most extended attributes needs root. Raises RootNotUsable and NoOpenat2.
    """

    def __init__(self, root: Path | str) -> None:
        super().__init__(root)
        self._touched: dict[int, int] = {}

    def close(self) -> None:
        """Let go of the directory; what was not synced is left to the kernel."""
        for descriptor in self._touched.values():
            os.close(descriptor)
        self._touched = {}
        super().close()

    def write(self, path: str, pieces: Iterable[bytes]) -> None:
        """See `GuestWriter.write`."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with self._directory(path, "create") as (directory, name):
            descriptor = os.open(name, flags, 0o600, dir_fd=directory)
            try:
                for piece in pieces:
                    _write_all(descriptor, piece)
            finally:
                os.close(descriptor)

    def copy(self, source: str, new: str) -> None:
        """See `GuestWriter.copy`."""
        with self._file(source) as descriptor:
            self.write(new, iter(partial(os.read, descriptor, CHUNK), b""))

    def append(self, path: str, data: bytes) -> None:
        """See `GuestWriter.append`."""
        with self._own(path, "append to") as descriptor:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise NotAFile(f"{shown(path)} is no regular file")
            writable = os.open(by_descriptor(descriptor), os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            try:
                _write_all(writable, data)
            finally:
                os.close(writable)

    def set_attributes(self, path: str, attributes: Attributes) -> None:
        """See `GuestWriter.set_attributes`."""
        with self._own(path, "change the attributes of") as descriptor:
            status = os.fstat(descriptor)
            if stat.S_IFMT(status.st_mode) not in (stat.S_IFREG, stat.S_IFDIR):
                raise NotAFile(f"{shown(path)} is neither a regular file nor a directory")
            inode = by_descriptor(descriptor)
            if (status.st_uid, status.st_gid) != (attributes.uid, attributes.gid):
                os.chown(inode, attributes.uid, attributes.gid)
            # After chown, which clears setuid and capabilities; before the ACL, whose mask chmod would change.
            if stat.S_IMODE(os.fstat(descriptor).st_mode) != attributes.mode:
                Path(inode).chmod(attributes.mode)
            wanted = dict(attributes.xattrs)
            present = xattrs_at(descriptor)
            for name in present.keys() - wanted.keys():
                os.removexattr(inode, name)
            for name, value in wanted.items():
                if present.get(name) != value:
                    os.setxattr(inode, name, value)
            os.utime(inode, ns=(attributes.atime_ns, attributes.mtime_ns))

    def copy_attributes(self, source: str, path: str) -> None:
        """See `GuestWriter.copy_attributes`."""
        self.set_attributes(path, self.attributes(source))

    def link(self, existing: str, new: str) -> bool:
        """See `GuestWriter.link`."""
        with self._directory(existing, "link") as (source, old), self._directory(new, "create") as (target, name):
            try:
                os.link(old, name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
            except OSError as error:
                if (
                    error.errno not in NO_HARD_LINKS
                    or self.protection(existing)
                    or self.protection(paths.parent(new))
                ):
                    raise
                return False
        return True

    def rename(self, old: str, new: str) -> None:
        """See `GuestWriter.rename`."""
        with (
            self._directory(old, "rename") as (source, name),
            self._directory(new, "rename to") as (target, other),
        ):
            os.rename(name, other, src_dir_fd=source, dst_dir_fd=target)

    def remove(self, path: str) -> None:
        """See `GuestWriter.remove`."""
        with self._directory(path, "remove") as (directory, name):
            os.unlink(name, dir_fd=directory)

    def make_directory(self, path: str, mode: int) -> None:
        """See `GuestWriter.make_directory`."""
        with self._directory(path, "create") as (directory, name):
            os.mkdir(name, mode, dir_fd=directory)
        with self._own(path, "create") as descriptor:
            Path(by_descriptor(descriptor)).chmod(mode)

    def remove_directory(self, path: str) -> None:
        """See `GuestWriter.remove_directory`."""
        with self._directory(path, "remove") as (directory, name):
            os.rmdir(name, dir_fd=directory)

    def lift_protection(self, path: str) -> str:
        """See `GuestWriter.lift_protection`."""
        with self._flagged(path) as descriptor:
            if descriptor is None:
                return ""
            letters = chattr.letters(descriptor)
            chattr.change(descriptor, drop=letters)
            return letters

    def restore_protection(self, path: str, letters: str) -> None:
        """See `GuestWriter.restore_protection`."""
        with self._flagged(path) as descriptor:
            if descriptor is not None:
                chattr.change(descriptor, add=letters)

    def sync(self) -> None:
        """See `GuestWriter.sync`: every file system in which a name was changed."""
        for descriptor in self._touched.values():
            try:
                syncfs(descriptor)
            except OSError as error:
                raise refusal(error.errno or 0, "/", "write to disk all of") from error

    # Inside

    @contextlib.contextmanager
    def _directory(self, path: str, doing: str) -> Iterator[tuple[int, str]]:
        """Yield the directory of `path`, open, and the last component, which nothing follows."""
        plain = paths.last_is_a_name(path)
        with refusing(path, doing):
            directory = openat2(self._root, paths.parent(plain), os.O_RDONLY | os.O_DIRECTORY)
            try:
                device = os.fstat(directory).st_dev
                if device not in self._touched:
                    self._touched[device] = os.dup(directory)
                yield directory, paths.name(plain)
            finally:
                os.close(directory)

    @contextlib.contextmanager
    def _own(self, path: str, doing: str) -> Iterator[int]:
        """Yield an O_PATH descriptor of `path` itself."""
        with self._directory(path, doing) as (directory, name):
            descriptor = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
            try:
                yield descriptor
            finally:
                os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
