"""One place that turns what a kernel refuses into our errors, by errno or by the words of libguestfs."""

from __future__ import annotations

import errno
from typing import Final

from guestfix.guest.errors import (
    AlreadyThere,
    FileMissing,
    GuestIOError,
    NoSpace,
    NotAFile,
    NotASymlink,
    Protected,
    ReadOnlyFileSystem,
)
from guestfix.untrusted import shown

LEADS_NOWHERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO})
"""What a look-up says when there is nothing behind a path."""

NO_HARD_LINKS: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
"""What link(2) says on file systems without hard links, or with no room for one more."""

NO_XATTRS: Final = frozenset({errno.EOPNOTSUPP, errno.ENOSYS})
"""What listxattr(2) says on file systems without extended attributes."""

_ERRORS: Final[dict[int, tuple[type[GuestIOError], str]]] = {
    errno.ENOENT: (FileMissing, "it does not exist"),
    errno.ENOTDIR: (FileMissing, "part of the path is no directory"),
    errno.ELOOP: (FileMissing, "its symbolic links lead nowhere"),
    errno.ENAMETOOLONG: (FileMissing, "the name is too long"),
    errno.EISDIR: (NotAFile, "it is a directory"),
    errno.EINVAL: (NotASymlink, "the file system does not know this operation"),
    errno.EEXIST: (AlreadyThere, "it exists"),
    errno.ENOTEMPTY: (AlreadyThere, "it is not empty"),
    errno.EPERM: (Protected, "the operation is not permitted"),
    errno.EACCES: (Protected, "access is denied"),
    errno.EROFS: (ReadOnlyFileSystem, "the file system is read-only"),
    errno.ENOSPC: (NoSpace, "the file system is full"),
    errno.EDQUOT: (NoSpace, "the quota is used up"),
    errno.EBUSY: (GuestIOError, "it is in use"),
    errno.EXDEV: (GuestIOError, "it lies on another file system"),
    errno.EIO: (GuestIOError, "the disk or the file system is damaged (I/O error)"),
    errno.EUCLEAN: (GuestIOError, "the file system is damaged"),
    errno.EOPNOTSUPP: (GuestIOError, "the file system does not know this operation"),
    errno.EMLINK: (GuestIOError, "the file has as many hard links as it can"),
    errno.E2BIG: (NoSpace, "the extended attributes do not fit"),
}

_HINTS: Final[dict[type[GuestIOError], str]] = {
    Protected: "look at its flags with lsattr; on a mounted root, run as root",
    ReadOnlyFileSystem: "mount it writable; a file system with errors is checked with fsck first",
    NoSpace: "free some space in the guest or enlarge its disk",
}

# strerror(3) of the C locale, which is that of the appliance.
_WORDS: Final = {
    "No such file or directory": errno.ENOENT,
    "Not a directory": errno.ENOTDIR,
    "Too many levels of symbolic links": errno.ELOOP,
    "File name too long": errno.ENAMETOOLONG,
    "Is a directory": errno.EISDIR,
    "Invalid argument": errno.EINVAL,
    "File exists": errno.EEXIST,
    "Directory not empty": errno.ENOTEMPTY,
    "Operation not permitted": errno.EPERM,
    "Permission denied": errno.EACCES,
    "Read-only file system": errno.EROFS,
    "No space left on device": errno.ENOSPC,
    "Disk quota exceeded": errno.EDQUOT,
    "Device or resource busy": errno.EBUSY,
    "Invalid cross-device link": errno.EXDEV,
    "Input/output error": errno.EIO,
    "Structure needs cleaning": errno.EUCLEAN,
    "Operation not supported": errno.EOPNOTSUPP,
    "Function not implemented": errno.ENOSYS,
    "Too many links": errno.EMLINK,
    "Argument list too long": errno.E2BIG,
    "No data available": errno.ENODATA,
}


def refusal(number: int, path: str, doing: str) -> GuestIOError:
    """Return the error for errno `number`, met while `doing` something ("write", "rename") with `path`."""
    kind, words = _ERRORS.get(number, (GuestIOError, errno.errorcode.get(number, f"error {number}")))
    return kind(f"cannot {doing} {shown(path)}: {words}", hint=_HINTS.get(kind, ""))


def errno_of(message: str) -> int | None:
    """Return the errno that a libguestfs message ends with; its Python binding passes on the text only."""
    words = message.rstrip().rpartition(": ")[2]
    return _WORDS.get(words)
