"""What can be wrong with an image, with what lies beside it, or with the place for a new one."""

from __future__ import annotations

from typing import ClassVar

from guestfix.errors import EnvironmentProblem, Refused, UsageError


class ImageNotFound(UsageError):
    """Nothing has that name."""

    code = "GF-IMAGE-NOT-FOUND"


class NotAnImage(UsageError):
    """A folder, a socket or the like was named; only regular files and block devices hold disks."""

    code = "GF-IMAGE-NOT-A-FILE"


class UnknownFormat(UsageError):
    """`--format` names no format that we open."""

    code = "GF-IMAGE-FORMAT-UNKNOWN"


class FormatMismatch(UsageError):
    """`--format` says one thing and the magic bytes another."""

    code = "GF-IMAGE-FORMAT-MISMATCH"


class ImageUnreadable(EnvironmentProblem):
    """The host does not let us read the image."""

    code = "GF-IMAGE-UNREADABLE"


class ImageEmpty(Refused):
    """The file has no content."""

    code = "GF-IMAGE-EMPTY"


class NotADisk(Refused):
    """The file is too small to be a disk of any kind."""

    code = "GF-IMAGE-NOT-A-DISK"


class ImageDamaged(Refused):
    """The header is cut short or contradicts itself or the file."""

    code = "GF-IMAGE-DAMAGED"
    aliases: ClassVar[tuple[str, ...]] = (
        "ClientError: Uncompressed data has invalid length",
        "ERROR: File uses unsupported compression algorithm 0",
    )


class ImageEncrypted(Refused):
    """The image is encrypted by its format."""

    code = "GF-IMAGE-ENCRYPTED"


class UnsupportedImage(Refused):
    """A format, or a variant of one, that we know and do not open."""

    code = "GF-IMAGE-UNSUPPORTED"


class DifferencingVhd(UnsupportedImage):
    """A VHD that holds only what differs from its parent."""

    code = "GF-IMAGE-DIFFERENCING"


class FootersDiffer(ImageDamaged):
    """A VHD without a footer that can be believed."""

    code = "GF-IMAGE-FOOTERS"
    aliases: ClassVar[tuple[str, ...]] = ("ClientError: Footers not identical",)


class SparseDelta(UnsupportedImage):
    """A VMDK of type SEsparse: a snapshot's delta, not a disk."""

    code = "GF-IMAGE-SESPARSE"


class RawDeviceMapping(UnsupportedImage):
    """A VMDK that stands for a LUN or a device of the old host and holds no data itself."""

    code = "GF-IMAGE-RDM"


class ImageUnclean(Refused):
    """The image holds writes that its last user did not finish."""

    code = "GF-IMAGE-UNCLEAN"


class ReferenceRefused(Refused):
    """The image refers to a file that the caller did not allow."""

    code = "GF-IMAGE-BACKING-REFUSED"


class ChainLoop(Refused):
    """The chain of files that the image refers to comes back to itself."""

    code = "GF-IMAGE-CHAIN-LOOP"


class ChainTooDeep(Refused):
    """The chain of files that the image refers to is longer than any sane one."""

    code = "GF-IMAGE-CHAIN-DEEP"


class ImageLocked(Refused):
    """Another guestfix or another program uses the image."""

    code = "GF-IMAGE-LOCKED"


class NoLocks(EnvironmentProblem):
    """The file system of the image has no file locks."""

    code = "GF-IMAGE-NO-LOCKS"


class NeedsOutput(Refused):
    """The image cannot be changed where it is; a new one has to be written."""

    code = "GF-IMAGE-NEEDS-OUTPUT"


class NoPlaceForOverlay(Refused):
    """There is no folder beside the image in which an overlay can be kept."""

    code = "GF-OVERLAY-NO-PLACE"


class OverlayInTheWay(Refused):
    """A file that we did not finish with has the overlay's name."""

    code = "GF-OVERLAY-EXISTS"


class RedoLogDamaged(Refused):
    """The manifest of a decided commit cannot be understood or does not fit the files beside it."""

    code = "GF-REDO-DAMAGED"


class RedoIncomplete(UsageError):
    """A decided commit concerns images that were not named."""

    code = "GF-REDO-INCOMPLETE"


class OutputExists(UsageError):
    """The output is there already."""

    code = "GF-OUTPUT-EXISTS"


class OutputUnsuitable(UsageError):
    """The outputs do not fit the images."""

    code = "GF-OUTPUT-UNSUITABLE"


class NoSpace(EnvironmentProblem):
    """The file system that takes the new bytes is too full."""

    code = "GF-OUTPUT-NO-SPACE"


class NoQemuImg(EnvironmentProblem):
    """qemu-img is not installed."""

    code = "GF-QEMU-IMG-MISSING"


class QemuImgFailed(EnvironmentProblem):
    """qemu-img ended with an error that is none of those above."""

    code = "GF-QEMU-IMG-FAILED"


class HostRefused(EnvironmentProblem):
    """The host refused an operation on a file beside an image: permission, read-only file system."""

    code = "GF-IMAGE-HOST-REFUSED"
