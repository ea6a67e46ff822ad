"""openat2(2): open a path as if a directory were the root, so that no symbolic link leads out of it.

Python has no function for it. The constants are those of linux/openat2.h and of the system call tables, in which
the number is 437 on every architecture.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import Final

from guestfix.guest.errors import NoOpenat2

OPENAT2: Final = 437
RESOLVE_NO_MAGICLINKS: Final = 0x02
RESOLVE_IN_ROOT: Final = 0x10
TRIES: Final = 32
"""RESOLVE_IN_ROOT gives EAGAIN when something is renamed meanwhile (openat2(2)); it is tried again that often."""

_libc = ctypes.CDLL(None, use_errno=True)


def openat2(root: int, path: str, flags: int, mode: int = 0) -> int:
    """Return a descriptor of `path`, resolved with the directory `root` as '/'.

    Absolute links and '..' stay inside; magic links of /proc are refused (ELOOP). The descriptor is closed on
    exec. Raises OSError as open(2) does, and NoOpenat2.
    """
    how = struct.pack("=QQQ", flags | os.O_CLOEXEC, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
    buffer = ctypes.create_string_buffer(how, len(how))
    number = 0
    for _ in range(TRIES):
        result: int = _libc.syscall(
            ctypes.c_long(OPENAT2),
            ctypes.c_int(root),
            ctypes.c_char_p(os.fsencode(path)),
            buffer,
            ctypes.c_size_t(len(how)),
        )
        if result >= 0:
            return result
        number = ctypes.get_errno()
        if number not in {errno.EAGAIN, errno.EINTR}:
            break
    if number == errno.ENOSYS:
        raise NoOpenat2(
            "this kernel cannot resolve paths inside a directory (openat2)",
            hint="use a kernel of version 5.6 or later, or give the disk images instead of --root",
        )
    raise OSError(number, os.strerror(number), path)


def syncfs(descriptor: int) -> None:
    """Write the file system that holds `descriptor` to its disk (syncfs(2)). Raises OSError."""
    if _libc.syncfs(ctypes.c_int(descriptor)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
