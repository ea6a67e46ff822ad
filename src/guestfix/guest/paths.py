"""Paths inside a guest: absolute, '/'-separated, and resolved without ever leaving the guest."""

from __future__ import annotations

from collections import deque
from typing import Final, Protocol

from guestfix.guest.errors import NameNotSupported
from guestfix.guest.protocol import Kind, Status
from guestfix.untrusted import shown

MAX_LINKS: Final = 40
"""Symbolic links followed in one path, as in Linux (include/linux/namei.h, MAXSYMLINKS)."""

MAX_PATH: Final = 4096
"""Bytes in one path, as in Linux (PATH_MAX)."""


class LinkReader(Protocol):
    """What `resolve` needs of a guest."""

    def link_status(self, path: str) -> Status | None:
        """Return the inode behind `path`, of the link itself when the last component is one."""
        ...

    def link_target(self, path: str) -> str:
        """Return the text of the symbolic link `path`."""
        ...


def checked(path: str) -> str:
    """Return `path` if it can be asked for at all. Raises NameNotSupported: not absolute, a NUL, no bytes."""
    try:
        path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise NameNotSupported(f"not a path of any file: {shown(path)}") from None
    if not path.startswith("/") or "\0" in path:
        raise NameNotSupported(f"not a path inside a guest: {shown(path)}")
    return path


def last_is_a_name(path: str) -> str:
    """Return `path` if its last component can be created or removed. Raises NameNotSupported."""
    if name(checked(path)) in {"", ".", ".."}:
        raise NameNotSupported(f"{shown(path)} does not end in a name")
    return path


def is_plain(path: str) -> bool:
    """Whether `path` is absolute and in its shortest form: no '.', no '..', no empty component, no NUL."""
    return (
        path.startswith("/")
        and "\0" not in path
        and len(path) > 1
        and all(part not in {"", ".", ".."} for part in path[1:].split("/"))
    )


def parent(path: str) -> str:
    """Return the directory that holds the plain `path`; '/' holds itself."""
    return path.rpartition("/")[0] or "/"


def name(path: str) -> str:
    """Return the last component of the plain `path`."""
    return path.rpartition("/")[2]


def join(directory: str, entry: str) -> str:
    """Return the path of `entry` in `directory`."""
    return f"{directory.rstrip('/')}/{entry}"


def resolve(guest: LinkReader, path: str) -> str | None:
    """Return `path` with every symbolic link resolved as if the guest were the root; None if it leads nowhere.

    '..' above the root stays at the root; more than 40 links lead nowhere, as in Linux.
    """
    waiting = deque(checked(path).split("/"))
    here = ""
    links = 0
    while waiting:
        part = waiting.popleft()
        if part in {"", "."}:
            continue
        if part == "..":
            here = here.rpartition("/")[0]
            continue
        step = f"{here}/{part}"
        status = guest.link_status(step)
        if status is None:
            return None
        if status.kind is Kind.SYMLINK:
            links += 1
            target = guest.link_target(step)
            if links > MAX_LINKS or len(target) > MAX_PATH:
                return None
            if target.startswith("/"):
                here = ""
            waiting.extendleft(reversed(target.split("/")))
            continue
        if waiting and status.kind is not Kind.DIRECTORY:
            return None
        here = step
    return here or "/"
