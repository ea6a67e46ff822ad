"""The root of every error that guestfix raises on purpose.

An error is a type with a stable code, a sentence that a tired person understands, and the next step. Concrete
errors live in the package that raises them and derive from one of the four kinds below, which are also the
exit statuses of the command line.
"""

from __future__ import annotations

from typing import ClassVar


class GuestfixError(Exception):
    """Base of all errors.

    `message` says what is wrong in one sentence; `hint` says what to do next. Text that comes from a guest or
    an image must have gone through `guestfix.untrusted.shown` before it gets here.
    """

    code: ClassVar[str] = "GF-INTERNAL"
    exit_status: ClassVar[int] = 4
    aliases: ClassVar[tuple[str, ...]] = ()
    """What VM Import/Export says when the same thing is the matter; `guestfix explain` finds the code by it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class Refused(GuestfixError):
    """This guest or image cannot be worked on as it is (exit status 1)."""

    code = "GF-REFUSED"
    exit_status = 1


class UsageError(GuestfixError):
    """The caller asked for something that does not make sense (exit status 2)."""

    code = "GF-USAGE"
    exit_status = 2


class EnvironmentProblem(GuestfixError):
    """This host lacks something: libguestfs, QEMU, space, permission (exit status 3)."""

    code = "GF-ENVIRONMENT"
    exit_status = 3


class InternalError(GuestfixError):
    """A defect of guestfix itself (exit status 4)."""

    code = "GF-INTERNAL"
    exit_status = 4


class Cancelled(GuestfixError):
    """The caller asked to stop; nothing was left half done (exit status 130, as after Ctrl-C)."""

    code = "GF-CANCELLED"
    exit_status = 130
