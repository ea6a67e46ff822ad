"""The root file system that the segments of an image add up to, as the kernel would build it."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from guestfix.initramfs.cpio import Member
from guestfix.initramfs.errors import CorruptImage, TooLarge
from guestfix.initramfs.source import Limits
from guestfix.untrusted import shown

_SYMLINKS_FOLLOWED = 40  # MAXSYMLINKS
_NAMES_WALKED = 128  # real paths have about ten; bounds the work that a hostile image can ask for
_PATH_MAX = 4096


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of the image. `mode` has the file type in it; `segment` is the index of the one that it comes from.

    `size` is in bytes, and for a hard link that of the shared content. `target` is that of a symbolic link.
    """

    mode: int
    size: int
    segment: int
    target: str | None = None

    @property
    def is_directory(self) -> bool:
        """Say whether this is a directory."""
        return stat.S_ISDIR(self.mode)

    @property
    def is_file(self) -> bool:
        """Say whether this is a regular file."""
        return stat.S_ISREG(self.mode)


def normal(name: str) -> str:
    """Return a member's name without leading `/` and `./`; "" for the root. CorruptImage for one with `..`."""
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise CorruptImage(f"An initramfs has a file name that climbs out of its directory: {shown(name)}.")
    return "/".join(parts)


def parents(path: str) -> list[str]:
    """Return the directories above `path`, outermost first, without the root."""
    return [path[:at] for at, char in enumerate(path) if char == "/"]


def resolve(entries: Mapping[str, Entry], path: str, *, last: bool = False) -> str:
    """Return `path` with the symbolic links above its last name followed inside the image, as the kernel would.

    With `last`, a link at the last name is followed too. What cannot be followed (a loop) comes back as it is.
    """
    rest = path.split("/")[::-1]
    done = [""]  # ever longer beginnings of the resolved path
    walked = followed = 0
    while rest:
        part = rest.pop()
        walked += 1
        if walked > _NAMES_WALKED:
            return path
        if part in {"", "."}:
            continue
        if part == "..":
            done = done[:-1] or [""]
            continue
        here = f"{done[-1]}/{part}" if done[-1] else part
        entry = entries.get(here) if rest or last else None
        if entry is None or entry.target is None:
            done.append(here)
            continue
        followed += 1
        if followed > _SYMLINKS_FOLLOWED or len(here) > _PATH_MAX:
            return path
        if entry.target.startswith("/"):
            done = [""]
        rest += entry.target.split("/")[::-1]
    return done[-1]


@dataclass(slots=True)
class _Links:
    """Names of one archive that share an inode; the body may stand at any of them (GNU cpio: at the last)."""

    names: dict[str, Entry] = field(default_factory=dict)
    size: int = 0
    wanted: bool = False
    body: bytes | None = None


class TreeBuilder:
    """Takes members in the order of the image; later ones replace earlier ones of the same resolved path.

    `keep` says by path which bodies to remember; one above `limits.kept_body` is not remembered, nor is one whose
    body stands at a hard link that comes before the first name that is wanted.
    """

    def __init__(
        self, keep: Callable[[str], bool], limits: Limits, entries: Mapping[str, Entry], kept: Mapping[str, bytes]
    ) -> None:
        self._keep = keep
        self._limits = limits
        self.entries = dict(entries)
        self.kept = dict(kept)
        self._links: dict[tuple[int, int, int], _Links] = {}
        self._directories: dict[str, str] = {}
        self._count = 0
        self._name_bytes = 0
        self._kept_bytes = sum(map(len, self.kept.values()))

    def wants(self, member: Member) -> bool:
        """Say whether the body of `member` is to be read, for its own name or for a hard link's."""
        if not stat.S_ISREG(member.mode) or member.size > self._limits.kept_body:
            return False
        links = self._links.get(member.inode) if member.links > 1 else None
        return (links is not None and links.wanted) or self._keep(self._path(member))

    def add(self, member: Member, body: bytes, segment: int) -> None:
        """Take one member; `body` is a file's if `wants` said so, and a symbolic link's target."""
        self._bound(member)
        path = self._path(member)
        if not path:
            return
        target = body.partition(b"\0")[0].decode("utf-8", "surrogateescape") if stat.S_ISLNK(member.mode) else None
        before = self.entries.get(path)
        if target is not None or (before is not None and before.target is not None):
            self._directories.clear()
        entry = Entry(member.mode, member.size, segment, target)
        self.entries[path] = entry
        self._forget(path)
        wanted = stat.S_ISREG(member.mode) and member.size <= self._limits.kept_body and self._keep(path)
        if wanted:
            self._remember(path, body)
        if member.links > 1 and stat.S_ISREG(member.mode):
            links = self._links.setdefault(member.inode, _Links())
            read = wanted or links.wanted
            links.names[path] = entry
            links.wanted = links.wanted or wanted
            if member.size:
                links.size = member.size
                links.body = body if read and member.size <= self._limits.kept_body else None

    def end_archive(self) -> None:
        """Give all hard links of the archive their common content; the kernel, too, forgets links at a trailer."""
        for links in self._links.values():
            for path, entry in links.names.items():
                if self.entries.get(path) is not entry or entry.size == links.size:
                    continue
                self.entries[path] = replace(entry, size=links.size)
                self._forget(path)
                if links.body is not None and self._keep(path):
                    self._remember(path, links.body)
        self._links.clear()

    def _path(self, member: Member) -> str:
        """Resolve a name; directories are remembered because thousands of members share them."""
        path = normal(member.name)
        directory, slash, name = path.rpartition("/")
        if not slash:
            return path
        resolved = self._directories.get(directory)
        if resolved is None:
            resolved = resolve(self.entries, directory, last=True)
            self._directories[directory] = resolved
        return f"{resolved}/{name}" if resolved else name

    def _bound(self, member: Member) -> None:
        self._count += 1
        self._name_bytes += len(member.name) + (member.size if stat.S_ISLNK(member.mode) else 0)
        if self._count > self._limits.members:
            raise TooLarge(f"An initramfs holds more than {self._limits.members} files.")
        if self._name_bytes > self._limits.names:
            raise TooLarge(f"An initramfs holds file names of more than {self._limits.names} bytes together.")

    def _remember(self, path: str, body: bytes) -> None:
        self._kept_bytes += len(body)
        if self._kept_bytes > self._limits.kept_bodies:
            raise TooLarge(
                f"An initramfs holds more than {self._limits.kept_bodies} bytes of files that must be read."
            )
        self.kept[path] = body

    def _forget(self, path: str) -> None:
        self._kept_bytes -= len(self.kept.pop(path, b""))
