"""What lies inside md arrays, encrypted devices and LVM, each perhaps inside another.

The appliance assembles arrays and finds logical volumes when it starts; it is only asked where their parts are on
the disks. Encrypted devices are opened with the caller's keys, after which there may be more of everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from guestfix.disk_keys import DiskKey
from guestfix.disks.layout_types import ReadAt
from guestfix.disks.superblocks import identify
from guestfix.errors import Refused
from guestfix.facts.model import Unknown, Volume
from guestfix.untrusted import shown

DEPTH: Final = 4
"""How deep containers lie in one another: md, LUKS and LVM, and one more."""

LOCKED: Final = "locked: no --key opens it"

INACTIVE: Final = "could not be activated"

Through = Callable[[Any, str, int], ReadAt]


class KeyRefused(Refused):
    """A key was given for a device and does not open it."""

    code = "GF-LUKS-KEY-REFUSED"


class KeyForNothing(Refused):
    """A key was given for a device that is not encrypted or not there."""

    code = "GF-LUKS-KEY-UNUSED"


class KeyNeedsMemory(Refused):
    """To try a key takes more memory than the appliance has: LUKS 2 makes it so on purpose (argon2)."""

    code = "GF-LUKS-MEMORY"


class RootLocked(Refused):
    """The root is on an encrypted device, and no key was given for it."""

    code = "GF-LUKS-LOCKED"


class GroupIncomplete(Refused):
    """A volume group could not be activated, a disk of it is missing, and no root is elsewhere."""

    code = "GF-LVM-INCOMPLETE"
    aliases = ("ClientError: Unsupported configuration - Logical volume group activation failed",)


@dataclass(slots=True)
class Containers:
    """The search on one set of disks."""

    handle: Any
    through: Through
    keys: Sequence[DiskKey] = ()
    tried: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    used: set[DiskKey] = field(default_factory=set)

    def open(self, volumes: Sequence[Volume]) -> tuple[Volume, ...]:
        """Return `volumes` and what lies inside them. Raises KeyRefused, KeyNeedsMemory, KeyForNothing."""
        found = list(volumes)
        for _ in range(DEPTH):
            fresh = self._unlocked(found)
            if any(volume.kind == "luks mapping" and volume.type == "LVM2_member" for volume in fresh):
                # Groups that were complete at the start are active already.
                self.handle.lvm_scan(True)
            fresh += list(self._arrays([*found, *fresh]))
            fresh += list(self._logical_volumes([*found, *fresh]))
            if not fresh:
                break
            found += fresh
        self._complain(found)
        return tuple(found)

    def _complain(self, volumes: Iterable[Volume]) -> None:
        for key in self.keys:
            if key in self.used or key.for_all:
                continue
            encrypted = [each.device for each in volumes if each.type == "crypto_LUKS"]
            raise KeyForNothing(
                f"--key names {shown(key.device)}, which is no encrypted device of these images",
                hint=f"encrypted are: {', '.join(map(shown, encrypted)) or 'none'}",
            )

    def _unlocked(self, volumes: list[Volume]) -> list[Volume]:
        """Open what a key opens, and mark in `volumes` what none does."""
        fresh: list[Volume] = []
        for place, volume in enumerate(volumes):
            if volume.type != "crypto_LUKS" or volume.device in self.tried:
                continue
            self.tried.add(volume.device)
            device = self._opened(volume)
            if device is None:
                volumes[place] = volume.model_copy(update={"notes": (*volume.notes, LOCKED)})
            else:
                fresh.append(self._volume(device, "luks mapping", part_of=volume.device))
        return fresh

    def _opened(self, volume: Volume) -> str | None:
        name = f"luks-{volume.uuid or volume.device.replace('/', '-')}"
        for key in self.keys:
            if not key.for_all and key.device not in (volume.device, volume.uuid):
                continue
            self.used.add(key)
            try:
                self.handle.cryptsetup_open(volume.device, key.secret, name)
            except RuntimeError as error:
                if key.for_all:
                    continue
                if "memory" in str(error).lower():
                    raise KeyNeedsMemory(
                        f"the appliance has too little memory to try the key for {shown(key.device)}",
                        hint="see Memory in `cryptsetup luksDump`; the library takes Images(memory_mib=...)",
                    ) from error
                raise KeyRefused(
                    f"the key for {shown(key.device)} does not open it",
                    hint="check the passphrase; `cryptsetup open --test-passphrase` tells without opening",
                ) from error
            return f"/dev/mapper/{name}"
        return None

    def _arrays(self, volumes: Sequence[Volume]) -> Iterator[Volume]:
        if not any(volume.type == "linux_raid_member" for volume in volumes):
            return
        for device in self.handle.list_md_devices():
            if device not in self.listed:
                self.listed.add(device)
                yield self._volume(device, "md array", names=_array_names(self.handle.md_detail(device)))

    def _logical_volumes(self, volumes: Sequence[Volume]) -> Iterator[Volume]:
        if not any(volume.type == "LVM2_member" for volume in volumes):
            return
        for device in self.handle.lvs():
            if device not in self.listed:
                self.listed.add(device)
                yield self._logical_volume(device, device.split("/")[2])

    def _logical_volume(self, device: str, group: str) -> Volume:
        """lvs(8) lists the volumes of a group with a missing disk, and no device stands for them."""
        try:
            return self._volume(device, "logical volume", part_of=group)
        except RuntimeError:
            unknown = Unknown(unknown=f"it {INACTIVE}")
            return Volume(
                device=device, kind="logical volume", type=unknown, size=0, part_of=group, notes=(INACTIVE,)
            )

    def _volume(
        self, device: str, kind: Any, *, part_of: str | None = None, names: tuple[str, ...] = ()
    ) -> Volume:
        size = self.handle.blockdev_getsize64(device)
        superblock = identify(self.through(self.handle, device, size), size)
        if superblock is None:
            return Volume(device=device, kind=kind, type="", size=size, part_of=part_of, names=names)
        return Volume(
            device=device,
            kind=kind,
            type=superblock.type,
            uuid=superblock.uuid,
            label=superblock.label,
            size=size,
            part_of=part_of,
            notes=superblock.notes,
            names=names,
        )


def _array_names(details: dict[str, str]) -> tuple[str, ...]:
    """Return what udev's rules of mdadm call an array: by name, by UUID, and Debian's /dev/md0 for the name 0."""
    names: list[str] = []
    if name := details.get("name", ""):
        short = name.rpartition(":")[2]
        names += [f"/dev/md/{short}", f"/dev/disk/by-id/md-name-{name}"]
        if short.isascii() and short.isdecimal():
            names.append(f"/dev/md{short}")
    if uuid := details.get("uuid", ""):
        names.append(f"/dev/disk/by-id/md-uuid-{uuid}")
    return tuple(names)


def refuse_locked(volumes: Iterable[Volume]) -> None:
    """Raise RootLocked if something is still encrypted; called where no operating system was found."""
    locked = [volume for volume in volumes if LOCKED in volume.notes]
    if locked:
        names = ", ".join(
            f"{shown(volume.device)} (LUKS {shown(volume.uuid or 'without UUID')})" for volume in locked
        )
        raise RootLocked(
            f"no operating system is in plain sight, and these devices are encrypted: {names}",
            hint=f"give the passphrase: --key {locked[0].device}:file:PATH, or --key all:file:PATH",
        )


def refuse_incomplete(volumes: Iterable[Volume]) -> None:
    """Raise GroupIncomplete if a volume group is not active; called where no operating system was found."""
    groups = sorted({volume.part_of or "" for volume in volumes if INACTIVE in volume.notes})
    if groups:
        raise GroupIncomplete(
            f"no operating system was found, and these volume groups {INACTIVE}: {', '.join(map(shown, groups))}",
            hint="give all images of the guest: a physical volume of the group is on another disk",
        )
