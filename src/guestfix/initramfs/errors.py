"""What can be wrong with an initramfs image or with the kernel module indexes beside it."""

from __future__ import annotations

from guestfix.errors import InternalError, Refused


class CorruptImage(Refused):
    """The bytes break the kernel's grammar for an initramfs: truncated, bad header, garbage."""

    code = "GF-INITRAMFS-CORRUPT"

    def __init__(self, message: str) -> None:
        super().__init__(
            message,
            hint="Rebuild this image on the source machine (update-initramfs -u, dracut -f), then try again.",
        )


class UnsupportedCompression(Refused):
    """The image is compressed in a way that the kernel may know and we do not."""

    code = "GF-INITRAMFS-COMPRESSION"

    def __init__(self, message: str) -> None:
        super().__init__(
            message, hint="Rebuild the image with gzip, xz or zstd on the source machine, then try again."
        )


class TooLarge(Refused):
    """Unpacking would take more room than anything of its kind has a reason to."""

    code = "GF-INITRAMFS-TOO-LARGE"

    def __init__(self, message: str) -> None:
        super().__init__(
            message, hint="Look at the image on the source machine; it may be damaged or made to do harm."
        )


class CorruptIndex(Refused):
    """A kernel module index (modules.dep and its siblings) cannot be understood."""

    code = "GF-INITRAMFS-MODULE-INDEX"

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="Run depmod for this kernel on the source machine, then try again.")


class NoModulesDirectory(Refused):
    """The image holds no directory of modules for the kernel in question, or several and none was named."""

    code = "GF-INITRAMFS-MODULES-DIRECTORY"

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="Name the kernel version that this image belongs to.")


class UnsupportedGenerator(Refused):
    """Modules in this kind of image are loaded by a generated script, so adding files is not enough."""

    code = "GF-INITRAMFS-GENERATOR"

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="Add the drivers on the source machine with the guest's own mkinitrd.")


class HiddenTail(Refused):
    """A segment appended here would not be seen by the kernel that reads this image."""

    code = "GF-INITRAMFS-LZ4-PADDING"

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="Rebuild the image on the source machine with gzip or zstd compression.")


class PathTaken(Refused):
    """A file cannot be added at this path: the image holds something else there or above it."""

    code = "GF-INITRAMFS-PATH-TAKEN"

    def __init__(self, message: str) -> None:
        super().__init__(
            message, hint="List the image with lsinitramfs or lsinitrd and rebuild it if it is damaged."
        )


class NotAsPlanned(InternalError):
    """The extended image, read back, does not hold what it must."""

    code = "GF-INITRAMFS-VERIFY"

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="Nothing was changed; please report this together with the image.")


class CorruptModule(Refused):
    """A file that should be a kernel module is none."""

    code = "GF-INITRAMFS-MODULE"

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="Take the module from the kernel's own package again.")
