"""A guest that is a dict: rule examples and unit tests run on it.

It refuses what a real file system refuses, in the same words: read-only, full, no hard links (FAT), immutable and
append-only files. It can also die at any operation (`fail_after`), to show what a killed run leaves behind.
"""

from __future__ import annotations

from collections.abc import Iterable

from guestfix.guest import paths
from guestfix.guest.errors import (
    AlreadyThere,
    FileMissing,
    GuestIOError,
    NoSpace,
    NotAFile,
    Protected,
    ReadOnlyFileSystem,
)
from guestfix.guest.memory_reader import MemoryReader
from guestfix.guest.memory_tree import Inode, Killed, blocks
from guestfix.guest.protocol import Attributes, Kind
from guestfix.untrusted import shown


class MemoryGuest(MemoryReader):
    """A `GuestWriter` in memory; made as a `MemoryReader` is."""

    operations = 0
    """Changes made so far; looking is free."""
    fail_after: int | None = None
    """Die instead of making this change, counted from 0, and at every one after it."""
    syncs = 0

    def revive(self) -> None:
        """Come back after a `Killed`, as the next process would."""
        self.fail_after = None

    def write(self, path: str, pieces: Iterable[bytes]) -> None:
        """See `GuestWriter.write`; dies, if told to, with an empty file or with half of one."""
        inode = self._create(path, Kind.FILE, 0o600)
        for piece in pieces:
            self._extend(path, inode, piece)

    def copy(self, source: str, new: str) -> None:
        """See `GuestWriter.copy`."""
        self.write(new, [self._file(source).data])

    def append(self, path: str, data: bytes) -> None:
        """See `GuestWriter.append`."""
        inode = self._own(path)
        if inode.kind is not Kind.FILE:
            raise NotAFile(f"{shown(path)} is no regular file")
        if "i" in inode.letters:
            raise Protected(f"{shown(path)} is immutable")
        self._extend(path, inode, data)

    def set_attributes(self, path: str, attributes: Attributes) -> None:
        """See `GuestWriter.set_attributes`."""
        inode = self._own(path)
        if inode.kind not in {Kind.FILE, Kind.DIRECTORY}:
            raise NotAFile(f"{shown(path)} is neither a regular file nor a directory")
        if inode.letters:
            raise Protected(f"{shown(path)} has the flags {inode.letters}")
        self._step(path, inode.device)
        inode.uid, inode.gid, inode.mode = attributes.uid, attributes.gid, attributes.mode
        inode.atime_ns, inode.mtime_ns = attributes.atime_ns, attributes.mtime_ns
        inode.xattrs = dict(attributes.xattrs)
        inode.time_ns = self._time

    def copy_attributes(self, source: str, path: str) -> None:
        """See `GuestWriter.copy_attributes`."""
        self.set_attributes(path, self.attributes(source))

    def link(self, existing: str, new: str) -> bool:
        """See `GuestWriter.link`."""
        inode = self._own(existing)
        directory = self._directory(new)
        if directory.device != inode.device:
            raise GuestIOError(f"{shown(existing)} and {shown(new)} are on two file systems")
        if inode.letters:
            raise Protected(f"{shown(existing)} has the flags {inode.letters}")
        self._may_add(directory, new)
        if not self.file_systems[inode.device].hard_links:
            return False
        self._step(new, inode.device)
        directory.entries[paths.name(new)] = inode
        inode.links += 1
        inode.time_ns = self._time
        return True

    def rename(self, old: str, new: str) -> None:
        """See `GuestWriter.rename`. As rename(2): two names of one inode both stay."""
        inode = self._own(old)
        source, target = self._directory(old), self._directory(new)
        if inode.device != target.device:
            raise GuestIOError(f"{shown(old)} and {shown(new)} are on two file systems")
        replaced = target.entries.get(paths.name(new))
        for touched in (source, target, inode, replaced):
            if touched is not None and touched.letters:
                raise Protected(f"{shown(old)} cannot become {shown(new)}: flags {touched.letters}")
        if replaced is not None and Kind.DIRECTORY in {replaced.kind, inode.kind}:
            raise NotAFile(f"{shown(old)} cannot replace {shown(new)}: one is a directory")
        self._step(new, inode.device)
        if replaced is inode:
            return
        if replaced is not None:
            replaced.links -= 1
        del source.entries[paths.name(old)]
        target.entries[paths.name(new)] = inode
        inode.time_ns = self._time

    def remove(self, path: str) -> None:
        """See `GuestWriter.remove`."""
        inode = self._own(paths.last_is_a_name(path))
        if inode.kind is Kind.DIRECTORY:
            raise NotAFile(f"{shown(path)} is a directory")
        self._unlink(path, inode)

    def make_directory(self, path: str, mode: int) -> None:
        """See `GuestWriter.make_directory`."""
        self._create(path, Kind.DIRECTORY, mode)

    def remove_directory(self, path: str) -> None:
        """See `GuestWriter.remove_directory`."""
        inode = self._own(paths.last_is_a_name(path))
        if inode.kind is not Kind.DIRECTORY:
            raise NotAFile(f"{shown(path)} is no directory")
        if inode.entries:
            raise AlreadyThere(f"{shown(path)} is not empty")
        self._unlink(path, inode)

    def lift_protection(self, path: str) -> str:
        """See `GuestWriter.lift_protection`."""
        inode = self._own(path)
        letters = inode.letters
        self._step(path, inode.device)
        inode.letters = ""
        return letters

    def restore_protection(self, path: str, letters: str) -> None:
        """See `GuestWriter.restore_protection`."""
        inode = self._own(path)
        self._step(path, inode.device)
        inode.letters = "".join(sorted({*inode.letters, *letters}))

    def sync(self) -> None:
        """See `GuestWriter.sync`."""
        self.syncs += 1

    # Inside

    def _directory(self, path: str) -> Inode:
        inode = self._tree.find(paths.parent(paths.last_is_a_name(path)))
        if inode is None or inode.kind is not Kind.DIRECTORY:
            raise FileMissing(f"there is no directory {shown(paths.parent(path))}")
        return inode

    def _step(self, path: str, device: int) -> None:
        if self.fail_after is not None and self.operations >= self.fail_after:
            raise Killed(path)
        if self.file_systems[device].read_only:
            raise ReadOnlyFileSystem(f"the file system of {shown(path)} is read-only")
        self.operations += 1
        self._time += 1_000_000_000

    def _may_add(self, directory: Inode, path: str) -> None:
        if "i" in directory.letters:
            raise Protected(f"{shown(paths.parent(path))} is immutable")
        if paths.name(path) in directory.entries:
            raise AlreadyThere(f"{shown(path)} exists")

    def _create(self, path: str, kind: Kind, mode: int) -> Inode:
        directory = self._directory(path)
        self._may_add(directory, path)
        system = self.file_systems[directory.device]
        if system.inodes is not None and self._used(directory.device)[1] >= system.inodes:
            raise NoSpace(f"no inode is left for {shown(path)}")
        self._step(path, directory.device)
        inode = directory.entries[paths.name(path)] = self._inode(kind, directory.device)
        inode.mode = mode
        return inode

    def _extend(self, path: str, inode: Inode, data: bytes) -> None:
        if self.fail_after is not None and self.operations >= self.fail_after:
            inode.data += data[: len(data) // 2]
        self._step(path, inode.device)
        system = self.file_systems[inode.device]
        if system.capacity is not None:
            free = system.capacity - self._used(inode.device)[0] + blocks(len(inode.data))
            if blocks(len(inode.data) + len(data)) > free:
                raise NoSpace(f"no room is left for {shown(path)}")
        inode.data += data
        inode.mtime_ns = inode.time_ns = self._time

    def _unlink(self, path: str, inode: Inode) -> None:
        directory = self._directory(path)
        for touched in (directory, inode):
            if touched.letters:
                raise Protected(f"{shown(path)} cannot be removed: flags {touched.letters}")
        self._step(path, inode.device)
        del directory.entries[paths.name(path)]
        inode.links -= 1
        inode.time_ns = self._time
