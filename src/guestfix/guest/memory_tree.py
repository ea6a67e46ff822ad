"""Inodes, directories and file systems in memory: what `MemoryGuest` stands on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from guestfix.guest import paths
from guestfix.guest.protocol import Attributes, Kind, Status

BLOCK = 4096
"""Bytes in a block of every file system in memory."""

MODES = {Kind.FILE: 0o644, Kind.DIRECTORY: 0o755, Kind.SYMLINK: 0o777, Kind.OTHER: 0o600}


class Killed(BaseException):
    """The injected fault: the process died here. Not an `Exception`, so that nothing tidies up after it."""


@dataclass
class FileSystem:
    """One file system in memory, with the ways in which real ones refuse."""

    capacity: int | None = None
    """Bytes of file content in whole blocks; None is without end."""
    inodes: int | None = None
    read_only: bool = False
    hard_links: bool = True
    """False is FAT."""


@dataclass(eq=False)
class Inode:
    """One file, directory, link or device."""

    kind: Kind
    number: int
    device: int
    time_ns: int
    data: bytes = b""
    """Content of a file, UTF-8 (with surrogates) target of a symbolic link."""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    atime_ns: int = 0
    mtime_ns: int = 0
    xattrs: dict[str, bytes] = field(default_factory=dict)
    letters: str = ""
    entries: dict[str, Inode] = field(default_factory=dict)
    links: int = 1

    def status(self) -> Status:
        """As stat(2) tells it."""
        return Status(
            kind=self.kind,
            size=len(self.data),
            mode=self.mode,
            uid=self.uid,
            gid=self.gid,
            atime_ns=self.atime_ns,
            mtime_ns=self.mtime_ns,
            ctime_ns=self.time_ns,
            inode=self.number,
            device=self.device,
            links=self.links,
        )

    def attributes(self) -> Attributes:
        """What survives a rewrite."""
        return Attributes(
            uid=self.uid,
            gid=self.gid,
            mode=self.mode,
            atime_ns=self.atime_ns,
            mtime_ns=self.mtime_ns,
            xattrs=tuple(sorted(self.xattrs.items())),
        )


@dataclass(frozen=True)
class Record:
    """Everything that can be compared about one path."""

    kind: Kind
    data: bytes
    attributes: Attributes
    letters: str
    inode: int


def walk(root: Inode, prefix: str = "") -> Iterator[tuple[str, Inode]]:
    """Yield each path below `root` with its inode, parents first."""
    for name, inode in sorted(root.entries.items()):
        path = f"{prefix}/{name}"
        yield path, inode
        yield from walk(inode, path)


def blocks(size: int) -> int:
    """Return `size` rounded up to whole blocks, in bytes."""
    return -(-size // BLOCK) * BLOCK


class Tree:
    """Looks inodes up by path. `link_status` and `link_target` take paths whose directories are resolved."""

    def __init__(self, root: Inode) -> None:
        self.root = root

    def at(self, path: str) -> Inode | None:
        """Return the inode at `path`, following nothing."""
        inode: Inode | None = self.root
        for part in path.strip("/").split("/") if path != "/" else ():
            inode = inode.entries.get(part) if inode else None
        return inode

    def link_status(self, path: str) -> Status | None:
        """Return the inode at `path`, for `paths.resolve`."""
        inode = self.at(path)
        return inode.status() if inode else None

    def link_target(self, path: str) -> str:
        """Return where the link at `path` leads, for `paths.resolve`."""
        inode = self.at(path)
        return inode.data.decode("utf-8", "surrogateescape") if inode else ""

    def resolve(self, path: str) -> str | None:
        """Return `path` without symbolic links, or None."""
        return paths.resolve(self, path)

    def find(self, path: str) -> Inode | None:
        """Return the inode that `path` leads to."""
        real = self.resolve(path)
        return None if real is None else self.at(real)

    def find_link(self, path: str) -> Inode | None:
        """Return the inode of the last component of `path` itself."""
        plain = paths.checked(path).rstrip("/")
        if paths.name(plain) in {"", ".", ".."}:
            return self.find(path)
        directory = self.find(paths.parent(plain))
        return directory.entries.get(paths.name(plain)) if directory else None
