"""Where a guest is: disk images, an already mounted root directory, or a libguestfs handle of the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Literal

from guestfix.disk_keys import DiskKey

Accel = Literal["auto", "kvm", "tcg"]


@dataclass(frozen=True, slots=True)
class Images:
    """The disk images of one guest, in the order of its disks."""

    paths: tuple[Path, ...]
    format: str | None = None
    """raw, qcow2, vmdk, vpc or vhdx, of all of them; None: their headers are looked at."""
    allow_backing: tuple[Path, ...] = ()
    """Folders from which backing files and extents may be opened."""
    root_device: str | None = None
    """Which operating system, where there are several."""
    accelerator: Accel = "auto"
    keys: tuple[DiskKey, ...] = ()
    """Keys for encrypted devices."""
    memory_mib: int | None = None
    """Memory of the appliance; None: as much as is needed, see `appliance_mib`."""

    @property
    def appliance_mib(self) -> int:
        """Memory of the appliance in MiB. To try a key on LUKS 2 may take 1 GiB beside what the rest needs
        (cryptsetup-luksFormat(8), --pbkdf-memory; a machine with less than 2 GiB of memory takes less)."""
        if self.memory_mib is not None:
            return self.memory_mib
        return 2048 if self.keys else 1024


@dataclass(frozen=True, slots=True)
class RootDirectory:
    """A guest whose root file system somebody has mounted at `path`. Nothing outside of it is touched."""

    path: Path


@dataclass(frozen=True, slots=True)
class LaunchedHandle:
    """A `guestfs.GuestFS` that the caller launched and whose file systems it mounted."""

    handle: Any


Source = Images | RootDirectory | LaunchedHandle


class Access(Enum):
    """What is going to be done to the guest."""

    READ = "read"
    """Nothing: the appliance writes to a snapshot that is thrown away."""
    OVERLAY = "overlay"
    """Changes go to a copy-on-write overlay that is committed, or written to a new image, in the end."""
    IN_PLACE = "in place"
    """Changes go straight to the images."""


@dataclass(frozen=True, slots=True)
class Commit:
    """Commit the overlay into the images: the default."""


@dataclass(frozen=True, slots=True)
class InPlace:
    """Write straight into the images; journalled inside the guest."""


@dataclass(frozen=True, slots=True)
class Output:
    """Write new images (qcow2 or raw by suffix), one for each, and leave the given ones as they are."""

    paths: tuple[Path, ...]
    overwrite: bool = False


Destination = Commit | InPlace | Output


def images(paths: Sequence[Path | str]) -> Images:
    """Return the source for these image files, with every default."""
    return Images(tuple(Path(path) for path in paths))
