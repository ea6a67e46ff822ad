"""The immutable and append-only flags of a file on this host, by the ioctls of ioctl_iflags(2)."""

from __future__ import annotations

import array
import errno
import fcntl
import struct
from typing import Final

_LONG: Final = struct.calcsize("l")
FS_IOC_GETFLAGS: Final = 0x80006601 | _LONG << 16
FS_IOC_SETFLAGS: Final = 0x40006602 | _LONG << 16
LETTERS: Final = {"a": 0x20, "i": 0x10}
"""FS_APPEND_FL and FS_IMMUTABLE_FL of linux/fs.h, by their letters in chattr(1)."""

_NO_FLAGS: Final = {errno.ENOTTY, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}


def letters(descriptor: int) -> str:
    """Return which of the letters a and i are set; none on file systems that know no flags. Raises OSError."""
    flags = _flags(descriptor)
    return "".join(letter for letter, bit in LETTERS.items() if flags & bit)


def change(descriptor: int, *, add: str = "", drop: str = "") -> None:
    """Set and clear flags by their letters. Raises OSError."""
    flags = _flags(descriptor)
    wanted = flags
    for letter in add:
        wanted |= LETTERS[letter]
    for letter in drop:
        wanted &= ~LETTERS[letter]
    if wanted != flags:
        # The kernel reads and writes an int, whatever the size in the request's number says (ioctl_iflags(2)).
        fcntl.ioctl(descriptor, FS_IOC_SETFLAGS, array.array("i", [wanted, 0]))


def _flags(descriptor: int) -> int:
    buffer = array.array("i", [0, 0])
    try:
        fcntl.ioctl(descriptor, FS_IOC_GETFLAGS, buffer)
    except OSError as error:
        if error.errno in _NO_FLAGS:
            return 0
        raise
    return buffer[0]
