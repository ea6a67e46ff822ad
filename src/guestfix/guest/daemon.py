"""The calls of libguestfs that a guest is read and changed with, and what one costs.

Measured in a software-emulated appliance. What starts a program inside (`read_file`, `cat`, `cp_a` ...) costs a
hundred times more and is not here. No call here runs anything that belongs to the guest.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from guestfix.guest.errors import ApplianceFailed, GuestIOError, NameNotSupported
from guestfix.guest.refusals import errno_of, refusal
from guestfix.untrusted import shown

Numbers = Mapping[str, int]


class Daemon(Protocol):
    """The part of `guestfs.GuestFS` that is used; structures come back as dicts whatever the handle's options."""

    def statns(self, path: str) -> Numbers:
        """stat(2), 1 ms."""
        ...

    def lstatns(self, path: str) -> Numbers:
        """lstat(2), 1 ms."""
        ...

    def statvfs(self, path: str) -> Numbers:
        """statvfs(3), 10 ms."""
        ...

    def readlink(self, path: str) -> str:
        """readlink(2), 10 ms."""
        ...

    def readdir(self, path: str, /) -> Sequence[Mapping[str, Any]]:
        """readdir(3), 1.5 ms."""
        ...

    def ls0(self, path: str, filenames: str, /) -> None:
        """Write the names in a directory, each with a NUL after it, to a file on the host, 2 ms."""
        ...

    def pread(self, path: str, count: int, offset: int) -> bytes:
        """pread(2), 1 ms and 16 ms a megabyte; a message ends at 4 MiB."""
        ...

    def pwrite(self, path: str, content: bytes, offset: int) -> int:
        """pwrite(2) into an existing file; may write less."""
        ...

    def mknod(self, mode: int, devmajor: int, devminor: int, path: str) -> None:
        """mknod(2), 2 ms. With S_IFREG it is the one call that creates a file and fails if there is one."""
        ...

    def copy_file_to_file(self, src: str, dest: str) -> None:
        """Copy the content of a file inside the appliance, 14 ms a megabyte."""
        ...

    def getxattrs(self, path: str) -> Sequence[Mapping[str, Any]]:
        """All extended attributes, 2 ms."""
        ...

    def lsetxattr(self, xattr: str, val: str, vallen: int, path: str) -> None:
        """lsetxattr(2) of a value without NUL bytes; `vallen` one longer includes the NUL at its end."""
        ...

    def lremovexattr(self, xattr: str, path: str) -> None:
        """lremovexattr(2)."""
        ...

    def copy_attributes(self, src: str, dest: str, /, **what: bool) -> None:
        """With `all=True`: copy mode, owner and every extended attribute, whatever its bytes, 5 ms."""
        ...

    def chown(self, owner: int, group: int, path: str) -> None:
        """chown(2)."""
        ...

    def chmod(self, mode: int, path: str) -> None:
        """chmod(2)."""
        ...

    def utimens(self, path: str, atsecs: int, atnsecs: int, mtsecs: int, mtnsecs: int) -> None:
        """utimensat(2)."""
        ...

    def ln(self, target: str, linkname: str) -> None:
        """link(2), 2 ms."""
        ...

    def rename(self, oldpath: str, newpath: str) -> None:
        """rename(2)."""
        ...

    def rm(self, path: str) -> None:
        """unlink(2)."""
        ...

    def mkdir_mode(self, path: str, mode: int) -> None:
        """mkdir(2), less the daemon's umask."""
        ...

    def rmdir(self, path: str) -> None:
        """rmdir(2)."""
        ...

    def get_e2attrs(self, file: str) -> str:
        """lsattr(1), 40 ms: it starts a program of the appliance."""
        ...

    def set_e2attrs(self, file: str, attrs: str, *, clear: bool) -> None:
        """chattr(1), 40 ms."""
        ...

    def sync(self) -> None:
        """sync(2), 200 ms whether or not there is something to write."""
        ...


_DEAD: Final = (
    "closed the connection",
    "killed by signal",
    "end of file",
    "call launch before",
    "connection to appliance",
    "not been launched",
    "closed handle",
)


@contextlib.contextmanager
def calling(path: str, doing: str) -> Iterator[None]:
    """Turn what the binding raises in the block into our errors; `doing` is a verb ("read", "rename").

    The binding has one exception for all, RuntimeError, and passes on the message only. Raises GuestIOError and
    its kinds, NameNotSupported (the binding takes and gives UTF-8 only) and ApplianceFailed.
    """
    try:
        yield
    except UnicodeError as error:
        raise NameNotSupported(
            f"cannot {doing} {shown(path)}: libguestfs for Python knows names in UTF-8 only",
            hint="mount the disk yourself and use --root, or rename the file in the guest",
        ) from error
    except (RuntimeError, ValueError) as error:
        message = str(error)
        number = errno_of(message)
        if number is not None:
            raise refusal(number, path, doing) from error
        if any(words in message for words in _DEAD):
            raise ApplianceFailed(
                f"the appliance is gone (while trying to {doing} {shown(path)})",
                hint="run the same command again; with -v its log is shown",
            ) from error
        raise GuestIOError(f"cannot {doing} {shown(path)}: {shown(message)}") from error
