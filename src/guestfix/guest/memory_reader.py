"""A guest that is a dict, as far as it is only looked at, and what a test or example sets it up with."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Final

from guestfix.guest import paths
from guestfix.guest.errors import (
    FileMissing,
    FileTooLarge,
    NotAFile,
    NotASymlink,
    TooManyNames,
)
from guestfix.guest.memory_tree import BLOCK, MODES, FileSystem, Inode, Record, Tree, blocks, walk
from guestfix.guest.protocol import MAX_NAMES, TEXT_LIMIT, Attributes, Kind, Space, Status
from guestfix.untrusted import shown

START_NS: Final = 1_600_000_000 * 1_000_000_000
"""The clock of every new guest: September 2020, one second a mutating call."""


class MemoryReader:
    """A `GuestReader` in memory.

    `files` maps paths to content, `symlinks` paths to targets; directories are made as needed. `mounts` puts other
    file systems in their places ('/boot'); `file_system` is the root's.
    """

    def __init__(
        self,
        files: Mapping[str, bytes | str] | None = None,
        *,
        symlinks: Mapping[str, str] | None = None,
        directories: Iterable[str] = (),
        file_system: FileSystem | None = None,
        mounts: Mapping[str, FileSystem] | None = None,
    ) -> None:
        self.file_systems = {1: file_system or FileSystem()}
        self._numbers = itertools.count(2)
        self._time = START_NS
        self._tree = Tree(self._inode(Kind.DIRECTORY, 1))
        for device, (path, mounted) in enumerate((mounts or {}).items(), start=2):
            self.file_systems[device] = mounted
            self.add_directory(path).device = device
        for path, target in (symlinks or {}).items():
            self.add_symlink(path, target)
        for path in directories:
            self.add_directory(path)
        for path, data in (files or {}).items():
            self.add_file(path, data)

    # Setting up: no rule of a file system applies.

    def add_file(self, path: str, data: bytes | str, *, mode: int = 0o644, letters: str = "") -> Inode:
        """Put a regular file there; its inode is returned, to be dressed as a test needs it."""
        inode = self._add(path, Kind.FILE)
        inode.data = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        inode.mode = mode
        inode.letters = letters
        return inode

    def add_directory(self, path: str) -> Inode:
        """Put a directory there, and those above it."""
        return self._add(path, Kind.DIRECTORY)

    def add_symlink(self, path: str, target: str) -> Inode:
        """Put a symbolic link there, whether or not `target` exists."""
        inode = self._add(path, Kind.SYMLINK)
        inode.data = target.encode("utf-8", "surrogateescape")
        return inode

    def add_other(self, path: str) -> Inode:
        """Put a device node, FIFO or socket there."""
        return self._add(path, Kind.OTHER)

    def files(self) -> dict[str, bytes]:
        """Return path and content of every regular file."""
        return {path: inode.data for path, inode in walk(self._tree.root) if inode.kind is Kind.FILE}

    def snapshot(self) -> dict[str, Record]:
        """Return all that can be compared, by path. Directories have no times: they change with their names."""
        return {
            path: Record(
                inode.kind,
                inode.data,
                Attributes(inode.uid, inode.gid, inode.mode, 0, 0, inode.attributes().xattrs)
                if inode.kind is Kind.DIRECTORY
                else inode.attributes(),
                inode.letters,
                inode.number,
            )
            for path, inode in walk(self._tree.root)
        }

    # GuestReader

    def status(self, path: str) -> Status | None:
        """See `GuestReader.status`."""
        inode = self._tree.find(path)
        return inode.status() if inode else None

    def link_status(self, path: str) -> Status | None:
        """See `GuestReader.link_status`."""
        inode = self._tree.find_link(path)
        return inode.status() if inode else None

    def resolve(self, path: str) -> str | None:
        """See `GuestReader.resolve`."""
        return self._tree.resolve(path)

    def link_target(self, path: str) -> str:
        """See `GuestReader.link_target`."""
        inode = self._tree.find_link(path)
        if inode is None or inode.kind is not Kind.SYMLINK:
            raise NotASymlink(f"{shown(path)} is no symbolic link")
        return inode.data.decode("utf-8", "surrogateescape")

    def names(self, path: str) -> tuple[str, ...]:
        """See `GuestReader.names`."""
        inode = self._tree.find(path)
        if inode is None:
            return ()
        if len(inode.entries) > MAX_NAMES:
            raise TooManyNames(f"{shown(path)} holds more than {MAX_NAMES} names")
        return tuple(sorted(inode.entries))

    def read(self, path: str, limit: int = TEXT_LIMIT) -> bytes:
        """See `GuestReader.read`."""
        data = self._file(path).data
        if len(data) > limit:
            raise FileTooLarge(f"{shown(path)} has {len(data)} bytes; at most {limit} were expected")
        return data

    def read_at(self, path: str, offset: int, length: int) -> bytes:
        """See `GuestReader.read_at`."""
        return self._file(path).data[offset : offset + length]

    def attributes(self, path: str) -> Attributes:
        """See `GuestReader.attributes`."""
        inode = self._tree.find(path)
        if inode is None:
            raise FileMissing(f"there is no {shown(path)}")
        return inode.attributes()

    def space(self, path: str) -> Space:
        """See `GuestReader.space`."""
        inode = self._tree.find(path)
        if inode is None:
            raise FileMissing(f"there is no {shown(path)}")
        system = self.file_systems[inode.device]
        used, count = self._used(inode.device)
        capacity = 1 << 50 if system.capacity is None else system.capacity
        return Space(
            file_system=str(inode.device),
            free_bytes=max(0, capacity - used),
            total_bytes=capacity,
            free_inodes=0 if system.inodes is None else max(0, system.inodes - count),
            total_inodes=system.inodes or 0,
            block_size=BLOCK,
            read_only=system.read_only,
        )

    def protection(self, path: str) -> str:
        """See `GuestReader.protection`."""
        return self._own(path).letters

    def _own(self, path: str) -> Inode:
        inode = self._tree.find_link(path)
        if inode is None:
            raise FileMissing(f"there is no {shown(path)}")
        return inode

    # Inside

    def _inode(self, kind: Kind, device: int) -> Inode:
        return Inode(
            kind,
            next(self._numbers),
            device,
            self._time,
            mode=MODES[kind],
            atime_ns=self._time,
            mtime_ns=self._time,
        )

    def _add(self, path: str, kind: Kind) -> Inode:
        at = self._tree.root
        for part in paths.parent(path).strip("/").split("/"):
            if not part:
                continue
            if part not in at.entries:
                at.entries[part] = self._inode(Kind.DIRECTORY, at.device)
            at = at.entries[part]
            if at.kind is Kind.SYMLINK:
                raise NotAFile(f"{shown(path)} lies behind a symbolic link: name its real directory")
        existing = at.entries.get(paths.name(path))
        if existing is not None and existing.kind is Kind.DIRECTORY is kind:
            return existing
        inode = at.entries[paths.name(path)] = self._inode(kind, at.device)
        return inode

    def _file(self, path: str) -> Inode:
        inode = self._tree.find(path)
        if inode is None:
            raise FileMissing(f"there is no {shown(path)}")
        if inode.kind is not Kind.FILE:
            raise NotAFile(f"{shown(path)} is no regular file")
        return inode

    def _used(self, device: int) -> tuple[int, int]:
        inodes = {inode for _, inode in walk(self._tree.root) if inode.device == device}
        return sum(blocks(len(inode.data)) for inode in inodes), len(inodes)
