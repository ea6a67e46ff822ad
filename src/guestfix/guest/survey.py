"""What is on a guest's disks, and its file systems in their places: from raw bytes, through the appliance.

`inspect_os` and `list_filesystems` of libguestfs would tell this too, for more than the launch costs. One
`pread_device` costs 60 ms where the appliance is emulated, whatever its size: few and large ones are made, and
none for a raw image, whose bytes the host has.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from guestfix.disk_keys import DiskKey
from guestfix.disks.headers_model import ImageHeader
from guestfix.disks.layout import read_layout, require_layout
from guestfix.disks.layout_types import DiskLayout, PartitionSlot, ReadAt, Superblock
from guestfix.disks.layout_types import Geometry as BootGeometry
from guestfix.facts.disks import DiskFacts
from guestfix.facts.fstab import fstab
from guestfix.facts.model import Geometry, Image, Mount, Partition, Volume
from guestfix.facts.mounts import mount_plan, windows_mount_plan
from guestfix.facts.volume_names import with_guest_names
from guestfix.facts.windows_boot import spare_directories
from guestfix.guest.appliance_reader import ApplianceReader
from guestfix.guest.containers import Containers, refuse_incomplete, refuse_locked
from guestfix.guest.mounting import (
    OPTIONS,
    Candidate,
    Place,
    Root,
    choose_root,
    find_roots,
    mount_all,
    subvolumes_of,
)
from guestfix.untrusted import shown

WINDOW: Final = 256 << 10
"""Bytes of a device that are read at once; most superblocks are in a partition's first 128 KiB."""


@dataclass(slots=True)
class Mounted:
    """A guest's disks with its file systems mounted, read-only at first."""

    disks: DiskFacts
    root: Root
    places: tuple[Place, ...] = field(default=())

    def make_writable(self, handle: Any, paths: Iterable[str] | None = None) -> None:
        """Mount everything again, for writing; of a Windows what holds `paths` and the journal, if they are known.

        Each mount of NTFS starts a program, and a SYSTEM hive alone is on one of three file systems.
        """
        handle.umount_all()
        if paths is not None and self.root.family == "windows":
            self.places = tuple(_holding(self.places, paths))
        mount_all(handle, self.places, read_only=False)

    def again(self, handle: Any) -> None:
        """Mount again what was mounted, read-only, so that the disk and no cache is read."""
        handle.umount_all()
        mount_all(handle, self.places, read_only=True)


def _holding(places: Iterable[Place], paths: Iterable[str]) -> Iterator[Place]:
    """Yield the root, which holds the journal, and the places that one of `paths` is below."""
    wanted = tuple(paths)
    for place in places:
        if place.path == "/" or any(path.startswith(f"{place.path}/") for path in wanted):
            yield place


def refuse_what_is_no_disk(header: ImageHeader) -> None:
    """Raise NoLayout for a raw file without partition table and file system, before an appliance is started."""
    if header.format == "raw":
        with _opened(header.path) as read_at:
            require_layout(read_layout(read_at, header.virtual_size), shown(str(header.path)))


def mount_guest(
    handle: Any, headers: Sequence[ImageHeader], root_device: str | None, keys: Sequence[DiskKey] = ()
) -> Mounted:
    """Read the layout of every disk, open what `keys` open, find the one operating system, mount what boots it.

    Raises NoLayout, NoOperatingSystem, SeveralOperatingSystems, MountFailed, KeyRefused,
    KeyForNothing, RootLocked, GroupIncomplete.
    """
    images: list[Image] = []
    volumes: list[Volume] = []
    for number, header in enumerate(headers):
        device = device_name(number)
        layout = _layout(handle, device, header)
        images.append(_image(header, device, layout))
        volumes.extend(_volumes(device, header.virtual_size, layout))
    found = Containers(handle, _through, keys).open(volumes)
    found = tuple(_with_subvolumes(handle, found))
    roots = find_roots(handle, [Candidate(each.device, str(each.type), each.subvolumes) for each in _once(found)])
    if not roots:
        refuse_locked(found)
        refuse_incomplete(found)
    root = choose_root(roots, root_device)
    places = [Place(root.device, "/", root.type, root.options or OPTIONS.get(root.type, ""))]
    mount_all(handle, places, read_only=True)
    guest = ApplianceReader(handle)
    known = with_guest_names(guest, images, found)
    if root.family == "windows":
        planned = windows_mount_plan(images, known, root.device, spare_directories(guest))
    else:
        planned = mount_plan(fstab(guest, images, known), known)
    wanted = [
        Place(mount.device, mount.path, mount.type, mount.options or OPTIONS.get(mount.type, ""))
        for mount in planned
    ]
    below = mount_all(handle, wanted, read_only=True)
    mounts = tuple(
        Mount(device=place.device, path=place.path, type=place.type, options=place.options)
        for place in (*places, *below)
    )
    return Mounted(DiskFacts(tuple(images), known, mounts), root, (*places, *below))


def device_name(number: int) -> str:
    """Return what the appliance calls its disk `number`, from 0: /dev/sda to /dev/sdz, then /dev/sdaa."""
    letters = string.ascii_lowercase
    if number < len(letters):
        return f"/dev/sd{letters[number]}"
    return f"/dev/sd{letters[number // 26 - 1]}{letters[number % 26]}"


def _layout(handle: Any, device: str, header: ImageHeader) -> DiskLayout:
    if header.format == "raw":
        with _opened(header.path) as read_at:
            layout = read_layout(read_at, header.virtual_size)
    else:
        layout = read_layout(_through(handle, device, header.virtual_size), header.virtual_size)
    require_layout(layout, shown(str(header.path)))
    return layout


@contextmanager
def _opened(path: Path) -> Iterator[ReadAt]:
    """Read a raw image where it lies; an overlay over it is empty as yet."""
    with path.open("rb") as file:

        def read_at(offset: int, length: int) -> bytes:
            file.seek(offset)
            return file.read(length)

        yield read_at


def _through(handle: Any, device: str, size: int) -> ReadAt:
    windows: dict[int, bytes] = {}

    def read_at(offset: int, length: int) -> bytes:
        length = min(length, size - offset)
        if offset < 0 or length <= 0:
            return b""
        for start, window in windows.items():
            if start <= offset and offset + length <= start + len(window):
                return window[offset - start : offset - start + length]
        wanted = max(0, min(offset, size - WINDOW))
        windows[wanted] = handle.pread_device(device, min(max(WINDOW, length), size - wanted), wanted)
        return windows[wanted][offset - wanted : offset - wanted + length]

    return read_at


def _image(header: ImageHeader, device: str, layout: DiskLayout) -> Image:
    return Image(
        path=str(header.path),
        device=device,
        format=header.format,
        variant=header.variant,
        virtual_size=header.virtual_size,
        file_size=header.file_size,
        table=layout.table,
        identifier=layout.identifier,
        boot_code=layout.boot_code,
        partitions=tuple(_partition(device, slot) for slot in layout.partitions),
        notes=(*header.notes, *layout.notes),
    )


def _partition(device: str, slot: PartitionSlot) -> Partition:
    return Partition(
        number=slot.number,
        device=f"{device}{slot.number}",
        start=slot.start,
        size=slot.size,
        type=slot.type,
        type_name=slot.type_name,
        uuid=slot.uuid,
        name=slot.name,
        flags=slot.flags,
    )


def _volumes(device: str, size: int, layout: DiskLayout) -> Iterator[Volume]:
    if layout.whole is not None:
        yield _volume(device, "disk", size, layout.whole)
    for slot in layout.partitions:
        if slot.superblock is not None:
            yield _volume(f"{device}{slot.number}", "partition", slot.size, slot.superblock)


def _volume(device: str, kind: Any, size: int, superblock: Superblock, part_of: str | None = None) -> Volume:
    return Volume(
        device=device,
        kind=kind,
        type=superblock.type,
        uuid=superblock.uuid,
        label=superblock.label,
        size=size,
        part_of=part_of,
        geometry=_geometry(superblock.geometry),
        notes=superblock.notes,
    )


def _geometry(found: BootGeometry | None) -> Geometry | None:
    return Geometry(heads=found.heads, hidden_sectors=found.hidden_sectors) if found else None


def _with_subvolumes(handle: Any, volumes: Sequence[Volume]) -> Iterator[Volume]:
    for volume in volumes:
        if volume.type == "btrfs":
            yield volume.model_copy(update={"subvolumes": subvolumes_of(handle, volume.device)})
        else:
            yield volume


def _once(volumes: Sequence[Volume]) -> Iterator[Volume]:
    """Yield each file system once: every device of a Btrfs on several mounts the whole."""
    seen: set[str] = set()
    for volume in volumes:
        if volume.type == "btrfs" and volume.uuid is not None:
            if volume.uuid in seen:
                continue
            seen.add(volume.uuid)
        yield volume
