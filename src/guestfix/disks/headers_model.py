"""What the header of an image says, and which images can be written where they are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from guestfix.disks.errors import ImageDamaged
from guestfix.untrusted import shown

Format = Literal["raw", "qcow2", "vmdk", "vpc", "vhdx"]
Kind = Literal["backing", "data", "extent"]

# Tried with QEMU 7.2: overlay, write at two places, `qemu-img commit`, read back. raw, qcow2 v2 and v3, VMDK
# monolithicSparse, monolithicFlat, twoGbMaxExtentSparse, twoGbMaxExtentFlat and vmfs, VHD fixed and dynamic held
# what was written, and a commit that was killed could be repeated (16 kills each). These failed or were not tried:
_VHDX = "QEMU may leave a VHDX that it cannot write again when it is killed"
NOT_WRITABLE: dict[tuple[str, str], str] = {
    ("vmdk", "streamOptimized"): "a compressed grain of a streamOptimized VMDK cannot be written a second time",
    ("vmdk", "vmfsSparse"): "writing into ESX sparse (COWD) extents was never proven to be safe",
    ("vhdx", "fixed"): _VHDX,
    ("vhdx", "dynamic"): _VHDX,
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A file that an image needs: `name` as written in the header, `format` None if the header does not say."""

    kind: Kind
    name: str
    format: str | None


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """One image as its header describes it.

    `path` is the real path: QEMU resolves the names in a header against the folder of the path that it is
    given, so there is one folder only. Sizes are bytes. `variant` is the format's own word, such as
    `streamOptimized`. `notes` are sentences for a person.
    """

    path: Path
    format: Format
    variant: str | None
    virtual_size: int
    file_size: int
    references: tuple[Reference, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def writable_in_place(self) -> bool:
        """Whether QEMU can commit an overlay into this image."""
        return self.why_not_writable is None

    @property
    def why_not_writable(self) -> str | None:
        """The reason for which an overlay cannot be committed into this image; None if it can."""
        return NOT_WRITABLE.get((self.format, self.variant or ""))


@dataclass(frozen=True, slots=True)
class Described:
    """What the reader of one format found; `formats.examine` adds the file."""

    format: Format
    variant: str | None
    virtual_size: int
    references: tuple[Reference, ...] = ()
    notes: tuple[str, ...] = ()


def damaged(path: Path, what: str) -> ImageDamaged:
    """Return the error for a header that cannot be right; `what` completes the sentence."""
    return ImageDamaged(
        f"{shown(str(path))}: {what}",
        hint="the file was probably copied or downloaded incompletely: compare its size with the source",
    )


def text_of(path: Path, name: bytes) -> str:
    """Return a file name from a header. Raises ImageDamaged if it holds a zero byte or is not UTF-8."""
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise damaged(path, "the name of a file that it needs is not UTF-8") from problem
    if "\0" in text:
        raise damaged(path, "the name of a file that it needs holds a zero byte")
    return text
