"""Which file systems of a guest have to be mounted to see and change what boots it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from guestfix.disks.partition_types import EFI_SYSTEM
from guestfix.facts.model import Fstab, FstabEntry, Image, Mount, Unknown, Volume

WANTED: Final = frozenset({"/efi", "/usr", "/var", "/var/lib", "/etc", "/boot"})
"""Mount points that hold what boots a guest, with all below /boot. Data disks stay unmounted: what is not needed
cannot be harmed.
"""

MOUNTABLE: Final = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "jfs", "reiserfs", "vfat", "msdos"})


def mount_plan(fstab: Fstab | Unknown, volumes: Sequence[Volume]) -> tuple[Mount, ...]:
    """Return what belongs below the root, parents first; entries that resolve to no volume are left out.

    Of the options only the Btrfs subvolume is taken over: the others are for the guest's kernel, not for the
    appliance's. Of two entries for one place the later one is taken, which would hide the other.
    """
    if isinstance(fstab, Unknown):
        return ()
    types = {volume.device: volume.type for volume in volumes}
    mounts = {
        path: Mount(device=entry.device, path=path, type=type_, options=_options(entry))
        for entry in fstab.entries
        if isinstance(entry.device, str)
        and (path := _place(entry.mount_point)) is not None
        and isinstance(type_ := types.get(entry.device), str)
        and type_ in MOUNTABLE
    }
    return tuple(sorted(mounts.values(), key=lambda mount: (mount.path.count("/"), mount.path)))


def windows_mount_plan(
    images: Sequence[Image], volumes: Sequence[Volume], root: str, spare: Sequence[str]
) -> tuple[Mount, ...]:
    r"""Return where the partitions belong that start the Windows on the device `root`.

    UEFI reads the EFI system partition, a BIOS the active partition, which Setup makes small and calls System
    Reserved. Windows mounts neither, so they lie over directories of `spare`, which must exist.
    """
    types = {volume.device: volume.type for volume in volumes}
    partitions = [part for image in images for part in image.partitions]
    efi = next((part.device for part in partitions if part.type in EFI_SYSTEM), None)
    active = next((part.device for part in partitions if "active" in part.flags), None)
    wanted = dict.fromkeys(device for device in (efi, active) if device is not None and device != root)
    found = [(device, types.get(device)) for device in wanted if types.get(device) in ("vfat", "msdos", "ntfs")]
    return tuple(
        Mount(device=device, path=path, type=str(type_), options="")
        for (device, type_), path in zip(found, spare, strict=False)
    )


def _place(mount_point: str) -> str | None:
    """Return a wanted mount point in its shortest form; None for any other, and for one with `..` in it."""
    parts = [part for part in mount_point.split("/") if part not in {"", "."}]
    path = "/" + "/".join(parts)
    if not mount_point.startswith("/") or ".." in parts or "\0" in path:
        return None
    return path if path in WANTED or path.startswith("/boot/") else None


def _options(entry: FstabEntry) -> str:
    words = entry.options.split(",")
    return ",".join(word for word in words if word.startswith(("subvol=", "subvolid=")))
