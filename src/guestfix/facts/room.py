"""How much room is left on the file systems that are mounted."""

from __future__ import annotations

from collections.abc import Iterable

from guestfix.errors import Refused
from guestfix.facts.model import Mount, Room
from guestfix.facts.mounts import WANTED
from guestfix.guest.protocol import GuestReader, Space


def room(guest: GuestReader, mounts: Iterable[Mount]) -> tuple[Room, ...]:
    """Return the room on every mounted file system; of a root that somebody else mounted, those that boot it."""
    places = {"/", "/boot/efi", *WANTED, *(mount.path for mount in mounts)}
    found: dict[str, Room] = {}
    for path in sorted(places, key=lambda place: (place.count("/"), len(place), place)):
        space = _space(guest, path)
        if space is not None and space.file_system not in found:
            found[space.file_system] = Room(
                path=path,
                size=space.total_bytes,
                usable=space.usable_bytes,
                inodes=space.free_inodes if space.total_inodes else None,
            )
    return tuple(sorted(found.values(), key=lambda each: each.path))


def _space(guest: GuestReader, path: str) -> Space | None:
    try:
        return guest.space(path) if guest.resolve(path) == path else None
    except Refused:
        return None
