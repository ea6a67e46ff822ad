"""What can go wrong when a guest's files are read or written. All paths in messages are escaped."""

from __future__ import annotations

from guestfix.errors import EnvironmentProblem, Refused


class GuestIOError(Refused):
    """The guest's file system refused an operation."""

    code = "GF-GUEST-IO"


class FileMissing(GuestIOError):
    """A path leads nowhere inside the guest."""

    code = "GF-GUEST-FILE-MISSING"


class NotAFile(GuestIOError):
    """A path leads to a directory, device or other special file where a regular file is needed."""

    code = "GF-GUEST-NOT-A-FILE"


class NotASymlink(GuestIOError):
    """A path is no symbolic link."""

    code = "GF-GUEST-NOT-A-SYMLINK"


class FileTooLarge(GuestIOError):
    """A file is larger than anything of its kind has a reason to be."""

    code = "GF-GUEST-FILE-TOO-LARGE"


class TooManyNames(GuestIOError):
    """A directory holds more names than we are willing to list."""

    code = "GF-GUEST-DIRECTORY-TOO-LARGE"


class Protected(GuestIOError):
    """The immutable or append-only flag, or the file system's policy, forbids the change (EPERM)."""

    code = "GF-GUEST-PROTECTED"


class ReadOnlyFileSystem(GuestIOError):
    """The file system is mounted read-only, or can only be."""

    code = "GF-GUEST-READ-ONLY"


class NoSpace(GuestIOError):
    """The guest's file system is full, or would be."""

    code = "GF-GUEST-NO-SPACE"


class AlreadyThere(GuestIOError):
    """Something already has the name that is to be created, or a directory to be removed is not empty."""

    code = "GF-GUEST-EXISTS"


class NameNotSupported(GuestIOError):
    """A path that no call can be given: not absolute, with a NUL, or not UTF-8 where only UTF-8 can be said."""

    code = "GF-GUEST-NAME"


class AttributeNotSupported(GuestIOError):
    """An extended attribute that cannot be set from its bytes here."""

    code = "GF-GUEST-ATTRIBUTE"


class NoOpenat2(EnvironmentProblem):
    """This host's kernel cannot resolve paths inside a directory (openat2 came with Linux 5.6)."""

    code = "GF-HOST-NO-OPENAT2"


class RootNotUsable(EnvironmentProblem):
    """The directory given as a guest's root cannot be opened."""

    code = "GF-HOST-ROOT"


class ApplianceFailed(EnvironmentProblem):
    """The libguestfs appliance could not be started or died."""

    code = "GF-APPLIANCE-FAILED"


class WritesLost(EnvironmentProblem):
    """The appliance could not write everything to the disks when it was shut down."""

    code = "GF-APPLIANCE-WRITES-LOST"
