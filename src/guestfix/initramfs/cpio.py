"""cpio archives in the kernel's dialect: "newc" (070701) and "crc" (070702), members aligned to 4 bytes.

Documentation/driver-api/early-userspace/buffer-format.rst of the kernel; init/initramfs.c where it is silent.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from guestfix.initramfs.errors import CorruptImage, TooLarge
from guestfix.initramfs.source import MIB, Source
from guestfix.untrusted import shown

TRAILER = "TRAILER!!!"
_NEWC, _CRC = b"070701", b"070702"
_HEADER = 110
_LINK_TARGET = 4096  # PATH_MAX: the kernel skips longer ones


@dataclass(frozen=True, slots=True)
class Member:
    """The header of one member. `mode` has the file type in it; `size` is that of the body in this archive.

    `inode` is the triple by which hard links find each other.
    """

    name: str
    mode: int
    links: int
    size: int
    inode: tuple[int, int, int]
    checksum: int | None

    @property
    def is_trailer(self) -> bool:
        """Say whether this member ends its archive."""
        return self.name == TRAILER


def read_header(source: Source, *, longest_name: int) -> Member:
    """Read one member's header and name, up to its body. Raises CorruptImage, TooLarge."""
    start = source.offset
    magic = source.peek(6)
    if len(magic) == 6 and magic not in {_NEWC, _CRC}:
        raise CorruptImage(
            f"An initramfs has {shown(magic)} where a cpio header (070701) must be, at byte {start}."
        )
    header = source.take(_HEADER)
    digits = header[6:]
    # int() would also take signs, blanks and underscores.
    if digits.strip(b"0123456789abcdefABCDEF"):
        raise CorruptImage(f"An initramfs has a cpio header that is not hexadecimal, at byte {start}.")
    try:
        ino, mode, _uid, _gid, links, _mtime, size, major, minor, _rmajor, _rminor, name_size, checksum = (
            int(digits[at : at + 8], 16) for at in range(0, 104, 8)
        )
    except ValueError as problem:
        raise CorruptImage(
            f"An initramfs has a cpio header that is not hexadecimal, at byte {start}."
        ) from problem
    if name_size > longest_name:
        raise TooLarge(f"An initramfs has a file name of {name_size} bytes, at byte {start}.")
    raw = source.take(_aligned(_HEADER + name_size) - _HEADER)[:name_size]
    if not raw.endswith(b"\0"):
        raise CorruptImage(f"An initramfs has a file name without an end, at byte {start}.")
    name = raw.partition(b"\0")[0].decode("utf-8", "surrogateescape")
    crc = checksum if header.startswith(_CRC) and stat.S_ISREG(mode) else None
    return Member(name, mode, links, size, (major, minor, ino), crc)


def read_body(source: Source, member: Member, *, keep: bool) -> bytes:
    """Pass over a member's body and padding; return the body if `keep` or if it is a symbolic link's target.

    Raises CorruptImage if it is cut short or does not match its checksum.
    """
    padding = -member.size % 4
    if stat.S_ISLNK(member.mode) and member.size > _LINK_TARGET:
        raise CorruptImage(f"An initramfs has a symbolic link that is too long: {shown(member.name)}.")
    body = b""
    if keep or stat.S_ISLNK(member.mode):
        body = source.take(member.size)
        total = sum(body)
    elif member.checksum is None:
        source.skip(member.size)
        total = 0
    else:
        total = _sum(source, member.size)
    if member.checksum is not None and total & 0xFFFFFFFF != member.checksum:
        raise CorruptImage(f"An initramfs has a file whose checksum is wrong: {shown(member.name)}.")
    source.skip(padding)
    return body


def _sum(source: Source, size: int) -> int:
    total = 0
    while size:
        piece = source.some(min(size, MIB))
        total += sum(piece)
        size -= len(piece)
    return total


def read_archive(source: Source, *, longest_name: int, member: Callable[[Member], None]) -> None:
    """Read one archive, calling `member` with the source standing on each member's body, until its trailer.

    `member` must pass over the body with `read_body`. Raises CorruptImage, TooLarge.
    """
    while not (header := read_header(source, longest_name=longest_name)).is_trailer:
        member(header)
    source.skip(_aligned(header.size))


@dataclass(frozen=True, slots=True)
class NewMember:
    """A member to write: `mode` has the file type in it; `name` is relative to the root."""

    name: str
    mode: int
    data: bytes = b""


def write_archive(members: Iterable[NewMember], *, mtime: int = 0) -> bytes:
    """Return a newc archive of `members` in their order, owned by root, with the trailer.

    Every member has an inode number of its own and a file has one link, so that the kernel never takes one for
    a hard link of another. `mtime` is in seconds since 1970 and the same for all, so that the bytes are too.
    """
    out: list[bytes] = []
    for inode, member in enumerate(members, start=1):
        links = 2 if stat.S_ISDIR(member.mode) else 1
        _write_member(out, inode, links, mtime, member)
    _write_member(out, 0, 1, 0, NewMember(TRAILER, 0))
    return b"".join(out)


def _write_member(out: list[bytes], inode: int, links: int, mtime: int, member: NewMember) -> None:
    name = member.name.encode("utf-8", "surrogateescape") + b"\0"
    fields = (inode, member.mode, 0, 0, links, mtime, len(member.data), 0, 0, 0, 0, len(name), 0)
    header = _NEWC + b"".join(b"%08X" % field for field in fields)
    out += (header, name, bytes(-(len(header) + len(name)) % 4), member.data, bytes(-len(member.data) % 4))


def _aligned(size: int) -> int:
    return size + -size % 4
