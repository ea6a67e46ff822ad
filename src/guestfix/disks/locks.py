"""Locks on images: two runs of guestfix never work on one image, and none on one that QEMU has open.

QEMU locks bytes of the file (OFD locks) while it is open, flock(2) is apart from those on local file systems.
On NFS Linux makes byte locks of flock, which QEMU then meets: images there need a local copy. QEMU's locks are
looked at here too, and not only by the QEMU that opens the image later: `qemu-img info` takes none on a raw image.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from guestfix.disks.errors import ImageLocked, ImageNotFound, ImageUnreadable, NoLocks
from guestfix.untrusted import shown

# QEMU's block/file-posix.c: byte 100 + N is locked by who has permission N, 200 + N by who lets nobody else have
# it; permission 1 is to write.
_WRITES, _NOBODY_MAY_WRITE = 101, 201
# struct flock of a 64-bit Linux: type, whence, start, length, process.
_FLOCK = "hhqqi4x"
_F_OFD_GETLK = 36

_NOT_POSSIBLE = {errno.EBADF, errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}


LEFT_BEHIND_S = 6.0
"""Seconds for which a run that was killed may still hold its images: libguestfs leaves a process behind that looks
every 2 s whether its parent lives (lib/launch-direct.c, the recovery process), and then ends QEMU."""

_LOOK_EVERY_S = 0.2


@contextmanager
def locked(paths: Iterable[Path], exclusive: bool, *, wait_s: float = 0.0) -> Iterator[None]:
    """Hold a lock on each image: exclusive to write, shared to read. Creates nothing.

    A file that is named twice is locked once. One that a virtual machine writes to, or reads when it is to be
    written here, is in use too; for `wait_s` seconds it may yet become free. Raises ImageLocked, NoLocks,
    ImageNotFound, ImageUnreadable.
    """
    until = time.monotonic() + wait_s
    with ExitStack() as stack:
        files: dict[tuple[int, int], tuple[int, Path]] = {}
        for path in paths:
            descriptor = _open(path)
            stack.callback(os.close, descriptor)
            status = os.fstat(descriptor)
            files.setdefault((status.st_dev, status.st_ino), (descriptor, path))
        for _, (descriptor, path) in sorted(files.items()):
            while True:
                try:
                    _take(descriptor, path, exclusive)
                    break
                except ImageLocked:
                    if time.monotonic() >= until:
                        raise
                    time.sleep(_LOOK_EVERY_S)
        yield


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError as problem:
        raise ImageNotFound(f"there is no file {shown(str(path))}", hint="check the path") from problem
    except OSError as problem:
        raise ImageUnreadable(
            f"{shown(str(path))} cannot be read: {problem.strerror}", hint="check its permissions"
        ) from problem


def _is_locked(descriptor: int, byte: int) -> bool:
    asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, byte, 1, 0)
    try:
        found = fcntl.fcntl(descriptor, _F_OFD_GETLK, asked)
    except OSError as problem:
        if problem.errno not in _NOT_POSSIBLE:
            raise
        return False  # QEMU goes without locks there too
    return bool(struct.unpack(_FLOCK, found)[0] != fcntl.F_UNLCK)


def _take(descriptor: int, path: Path, exclusive: bool) -> None:
    _lock(descriptor, path, exclusive)
    if _is_locked(descriptor, _WRITES) or (exclusive and _is_locked(descriptor, _NOBODY_MAY_WRITE)):
        raise ImageLocked(
            f"{shown(str(path))} is in use by a virtual machine or another program of QEMU",
            hint="shut the machine down, then try again",
        )


def _lock(descriptor: int, path: Path, exclusive: bool) -> None:
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        raise ImageLocked(
            f"{shown(str(path))} is in use by another guestfix", hint="wait until it has ended, then try again"
        ) from problem
    except OSError as problem:
        if problem.errno not in _NOT_POSSIBLE:
            raise
        raise NoLocks(
            f"the file system of {shown(str(path))} has no file locks: {problem.strerror}",
            hint="copy the image to a local file system",
        ) from problem
