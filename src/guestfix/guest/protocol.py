"""What a guest is: files behind paths, read bounded, never outside the guest.

Paths are absolute, '/'-separated strings; names that are not UTF-8 carry surrogates (PEP 383). Every path is
resolved inside the guest: a symbolic link that points outside leads nowhere. Three implementations exist:
`appliance` (disks in libguestfs), `directory` (an already mounted root) and `memory` (a dict).

Inspection and planning are given a `GuestReader`. It has no method that writes, so they cannot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

TEXT_LIMIT: Final = 4 * 1024 * 1024
"""Largest configuration file that is read, in bytes: nothing that boots a guest comes near it."""

CHUNK: Final = 2 * 1024 * 1024
"""Bytes moved at once; libguestfs messages end at 4 MiB."""

MAX_NAMES: Final = 100_000
"""Names in one directory that we are willing to list."""


class Kind(Enum):
    """What stands behind a path."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Status:
    """One inode, as stat(2) tells it; times in nanoseconds since the epoch, sizes in bytes."""

    kind: Kind
    size: int
    mode: int
    """Permission bits only, with setuid, setgid and sticky (0o7777)."""
    uid: int
    gid: int
    atime_ns: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int
    links: int


@dataclass(frozen=True, slots=True)
class Attributes:
    """All of a file but its content and name. ACLs and SELinux labels are extended attributes here."""

    uid: int
    gid: int
    mode: int
    atime_ns: int
    mtime_ns: int
    xattrs: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Space:
    """Room on the file system that holds a path, in bytes and inodes (0 total inodes: it has no such limit)."""

    file_system: str
    """What tells two file systems of this guest apart: a device or the host's device number."""
    free_bytes: int
    total_bytes: int
    free_inodes: int
    total_inodes: int
    block_size: int
    read_only: bool

    @property
    def usable_bytes(self) -> int:
        """Bytes that new files can take.

        ext4 keeps 2 % and at most 4096 blocks that nobody gets, root included (fs/ext4/super.c,
        ext4_calculate_resv_clusters), and counts them as free in statfs(2). Others keep less; the same is
        reckoned for them. Blocks kept for root count as usable: what guestfix does is root's work.
        """
        held_back = min(self.total_bytes // 50, 4096 * self.block_size)
        return max(0, self.free_bytes - held_back)


class GuestReader(Protocol):
    """Looks at one guest's files."""

    def status(self, path: str) -> Status | None:
        """Return the inode that `path` leads to, following links inside the guest; None if there is none."""
        ...

    def link_status(self, path: str) -> Status | None:
        """Like `status`, but of the link itself when the last component is one."""
        ...

    def resolve(self, path: str) -> str | None:
        """Return `path` with every symbolic link resolved inside the guest; None if it leads nowhere."""
        ...

    def link_target(self, path: str) -> str:
        """Return the text of the symbolic link `path`. Raises NotASymlink."""
        ...

    def names(self, path: str) -> tuple[str, ...]:
        """Return the sorted names in directory `path`; empty if it is absent or no directory.

        Raises TooManyNames beyond 100,000 names.
        """
        ...

    def read(self, path: str, limit: int = TEXT_LIMIT) -> bytes:
        """Return the whole regular file. Raises FileMissing, NotAFile, FileTooLarge."""
        ...

    def read_at(self, path: str, offset: int, length: int) -> bytes:
        """Return at most `length` bytes from `offset`; fewer only at the end. Raises FileMissing, NotAFile."""
        ...

    def attributes(self, path: str) -> Attributes:
        """Return what has to survive a rewrite of `path` (links followed). Raises FileMissing."""
        ...

    def space(self, path: str) -> Space:
        """Return the room on the file system that holds the existing directory or file `path`."""
        ...

    def protection(self, path: str) -> str:
        """Return which of the letters i (immutable) and a (append-only) of chattr(1) `path` itself has.

        In the appliance this starts a program (40 ms). Raises FileMissing.
        """
        ...


class GuestWriter(GuestReader, Protocol):
    """Changes one guest's files. Only `apply`, `revert` and the journal are given one.

    Every method raises `GuestIOError` (or a subclass) when the guest's file system refuses. Paths given here are
    already resolved; a writer never follows a link in the last component.
    """

    def write(self, path: str, pieces: Iterable[bytes]) -> None:
        """Create the regular file `path` (it must not exist) with mode 0600 and this content."""
        ...

    def copy(self, source: str, new: str) -> None:
        """Create `new` (it must not exist) with the bytes of the regular file `source`, mode 0600."""
        ...

    def append(self, path: str, data: bytes) -> None:
        """Add `data` at the end of the regular file `path`."""
        ...

    def set_attributes(self, path: str, attributes: Attributes) -> None:
        """Give `path` exactly these attributes; extended attributes that are not listed are removed."""
        ...

    def copy_attributes(self, source: str, path: str) -> None:
        """Give the regular file `path` exactly the attributes of `source`.

        Not the same as `set_attributes(path, attributes(source))`: libguestfs can copy any extended attribute but
        can set none whose value holds a NUL byte (ACLs and capabilities do).
        """
        ...

    def link(self, existing: str, new: str) -> bool:
        """Add the hard link `new`. False if this file system has none (FAT): nothing was done."""
        ...

    def rename(self, old: str, new: str) -> None:
        """Rename within one file system, replacing `new` atomically."""
        ...

    def remove(self, path: str) -> None:
        """Remove the file or link `path`."""
        ...

    def make_directory(self, path: str, mode: int) -> None:
        """Create one directory whose parent exists."""
        ...

    def remove_directory(self, path: str) -> None:
        """Remove the empty directory `path`."""
        ...

    def lift_protection(self, path: str) -> str:
        """Clear the immutable and append-only flags (chattr i, a) of `path`; return the letters that were set."""
        ...

    def restore_protection(self, path: str, letters: str) -> None:
        """Set the flags that `lift_protection` returned."""
        ...

    def sync(self) -> None:
        """Return when all that was written is on the disk."""
        ...


def chunks(guest: GuestReader, path: str, size: int = CHUNK) -> Iterator[bytes]:
    """Yield the regular file `path` in pieces of at most `size` bytes."""
    offset = 0
    while piece := guest.read_at(path, offset, size):
        yield piece
        offset += len(piece)
