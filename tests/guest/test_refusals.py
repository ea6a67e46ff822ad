"""Is each refusal of a kernel one of our errors, told apart by errno or by libguestfs's words?"""

from __future__ import annotations

import errno

import pytest

from guestfix.guest.daemon import calling
from guestfix.guest.errors import (
    AlreadyThere,
    ApplianceFailed,
    FileMissing,
    GuestIOError,
    NameNotSupported,
    NoSpace,
    Protected,
    ReadOnlyFileSystem,
)
from guestfix.guest.refusals import errno_of, refusal

# Messages of libguestfs 1.48.
SAID = {
    "statns: /nope: No such file or directory": errno.ENOENT,
    "statns: /a/b: Not a directory": errno.ENOTDIR,
    "pwrite: open: /a: Operation not permitted": errno.EPERM,
    "ln: link: /a: /c: File exists": errno.EEXIST,
    "mknod: /z: Read-only file system": errno.EROFS,
    "copy_file_to_file: /full: write: No space left on device": errno.ENOSPC,
    "statns: /loop: Too many levels of symbolic links": errno.ELOOP,
    "rename: rename: /a: /esp/x: Invalid cross-device link": errno.EXDEV,
    "rmdir: /d: Directory not empty": errno.ENOTEMPTY,
    "statns: /x: No such file or directory: Input/output error": errno.EIO,
    "something else": None,
    "": None,
}


@pytest.mark.parametrize("message", SAID)
def test_the_end_of_a_message_says_which_errno_it_was(message: str) -> None:
    assert errno_of(message) == SAID[message]


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (RuntimeError("mknod: /z: Read-only file system"), ReadOnlyFileSystem),
        (RuntimeError("pwrite: /z: No space left on device"), NoSpace),
        (RuntimeError("rm: /a: Operation not permitted"), Protected),
        (RuntimeError("mknod: /a: File exists"), AlreadyThere),
        (RuntimeError("statns: call launch before using this function\n(in guestfish ...)"), ApplianceFailed),
        (RuntimeError("guestfs_statns: unexpected end of file when reading from daemon"), ApplianceFailed),
        (RuntimeError("appliance closed the connection unexpectedly"), ApplianceFailed),
        (ValueError("GuestFS: method called on closed handle"), ApplianceFailed),
        (RuntimeError("what no one foresaw"), GuestIOError),
    ],
)
def test_what_the_binding_raises_becomes_ours(said: Exception, error: type[Exception]) -> None:
    with pytest.raises(error) as caught, calling("/x", "read"):
        raise said
    assert caught.type is error


def test_a_name_that_is_not_utf_8_is_said() -> None:
    with pytest.raises(NameNotSupported), calling("/\udcff", "read"):
        "\udcff".encode()


@pytest.mark.parametrize("number", [*errno.errorcode, 0, 99999])
def test_every_errno_has_a_sentence(number: int) -> None:
    error = refusal(number, "/etc/\x1bfstab", "read")
    assert isinstance(error, GuestIOError)
    assert str(error).startswith(r"cannot read /etc/\x1bfstab: ")


def test_a_guest_cannot_choose_the_error_by_a_name() -> None:
    """The words must stand at the end, after the last colon, where a path never is."""
    with pytest.raises(GuestIOError) as caught, calling("/x", "read"):
        raise RuntimeError("read: /x: No such file or directory/evil: strange words")
    assert caught.type is not FileMissing
