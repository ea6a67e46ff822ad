"""What can go wrong when a configuration file of a guest is read or edited."""

from __future__ import annotations

from guestfix.errors import Refused, UsageError


class FormatError(Refused):
    """A file of the guest cannot be read or edited as what its name says it is."""

    code = "GF-FORMAT"


class TooLarge(FormatError):
    """A configuration file is larger than anything of its kind has a reason to be."""

    code = "GF-FORMAT-TOO-LARGE"


class CannotEdit(FormatError):
    """The file is in a state in which an edit could change the meaning of other lines."""

    code = "GF-FORMAT-CANNOT-EDIT"


class ValueNotWritable(FormatError):
    """The format has no way to write this value (a newline in a one-line format, for instance)."""

    code = "GF-FORMAT-VALUE"


class GrubenvInvalid(FormatError):
    """GRUB itself would refuse this environment block."""

    code = "GF-FORMAT-GRUBENV-INVALID"


class GrubenvFull(FormatError):
    """The environment block is 1024 bytes for ever, and the new content is longer."""

    code = "GF-FORMAT-GRUBENV-FULL"


class NoSuchLine(UsageError):
    """An edit names a line that is not there, or is not of the kind that the edit is for."""

    code = "GF-FORMAT-NO-SUCH-LINE"
