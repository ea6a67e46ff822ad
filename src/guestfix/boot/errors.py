"""What can keep a proof from being made at all. A guest that does not boot is no error: it is a verdict."""

from __future__ import annotations

from guestfix.errors import EnvironmentProblem, Refused, UsageError


class NoQemu(EnvironmentProblem):
    """QEMU or qemu-img is not installed."""

    code = "GF-BOOT-NO-QEMU"


class NoUefiFirmware(EnvironmentProblem):
    """The guest wants UEFI and no OVMF firmware is installed."""

    code = "GF-BOOT-NO-UEFI-FIRMWARE"


class QemuFailed(EnvironmentProblem):
    """QEMU ended or fell silent for a reason that is not the guest's."""

    code = "GF-BOOT-QEMU-FAILED"


class ImageInUse(Refused):
    """Another program holds the image open for writing."""

    code = "GF-BOOT-IMAGE-IN-USE"


class ImageUnreadable(Refused):
    """QEMU cannot open the image in the format it is said to have."""

    code = "GF-BOOT-IMAGE-UNREADABLE"


class NothingToBoot(UsageError):
    """No image was given."""

    code = "GF-BOOT-NO-IMAGE"
