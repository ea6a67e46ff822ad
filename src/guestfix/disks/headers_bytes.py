"""Bounded reads from an image file: what lies past the end is an error of the image, never of the program."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from guestfix.disks.errors import ImageNotFound, ImageUnreadable, NotAnImage
from guestfix.disks.headers_model import damaged
from guestfix.untrusted import shown

SECTOR = 512
MOST = 4 << 20  # bytes of one read; no header structure that we follow is larger


@dataclass(frozen=True, slots=True)
class ImageBytes:
    """An image file that is open for reading. `size` is in bytes."""

    path: Path
    descriptor: int
    size: int
    is_device: bool

    def some(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes; fewer (or none) at the end of the file."""
        if offset < 0 or offset >= self.size or length <= 0:
            return b""
        wanted = min(length, MOST, self.size - offset)
        parts: list[bytes] = []
        while wanted > 0:
            try:
                part = os.pread(self.descriptor, wanted, offset)
            except OSError as problem:
                raise _unreadable(self.path, problem) from problem
            if not part:
                break
            parts.append(part)
            offset += len(part)
            wanted -= len(part)
        return b"".join(parts)

    def all(self, offset: int, length: int, what: str) -> bytes:
        """Return exactly `length` bytes. Raises ImageDamaged, naming `what`, if they are not there."""
        data = self.some(offset, length)
        if len(data) != length:
            raise damaged(self.path, f"it ends before the end of its {what}")
        return data


@contextmanager
def opened(path: Path) -> Iterator[ImageBytes]:
    """Open a regular file or block device for reading.

    Raises ImageNotFound, NotAnImage, ImageUnreadable. O_NONBLOCK keeps a named pipe from blocking the open.
    """
    if "\0" in str(path):
        raise ImageNotFound(f"no file has the name {shown(str(path))}", hint="a file name holds no zero byte")
    real = Path(os.path.realpath(path))
    try:
        mode = real.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISBLK(mode)):
            raise NotAnImage(
                f"{shown(str(path))} is {_kind(mode)}, not a disk image", hint="name a file or a block device"
            )
        descriptor = os.open(real, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError) as problem:
        raise ImageNotFound(f"there is no file {shown(str(path))}", hint="check the path") from problem
    except OSError as problem:
        raise _unreadable(path, problem) from problem
    try:
        size = os.lseek(descriptor, 0, os.SEEK_END)
        yield ImageBytes(real, descriptor, size, stat.S_ISBLK(mode))
    finally:
        os.close(descriptor)


def _unreadable(path: Path, problem: OSError) -> ImageUnreadable:
    return ImageUnreadable(
        f"{shown(str(path))} cannot be read: {problem.strerror}",
        hint="check its permissions and those of its folder",
    )


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    if stat.S_ISCHR(mode):
        return "a character device"
    return "a pipe or socket"
