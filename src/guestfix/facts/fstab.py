"""What is mounted at boot, each entry resolved to a volume or not, with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from guestfix.facts.devices import Resolved, names_no_disk
from guestfix.facts.fstab_devices import resolve_lines
from guestfix.facts.model import Fstab, FstabEntry, Image, Unknown, Volume
from guestfix.facts.reading import parsed, plain, resolved
from guestfix.formats import fstab as fstab_format
from guestfix.formats.fstab import Entry
from guestfix.guest.protocol import GuestReader

PATH = "/etc/fstab"


def fstab(
    guest: GuestReader, images: Sequence[Image], volumes: Sequence[Volume] | Unknown, root: str | None = None
) -> Fstab | Unknown:
    """Return the facts on /etc/fstab; Unknown if it is absent or cannot be used. `root` is the device of /."""
    document = parsed(guest, PATH, fstab_format.parse)
    if document is None:
        return Unknown(unknown=f"there is no {PATH}")
    if isinstance(document, Unknown):
        return document
    known = {} if isinstance(volumes, Unknown) else resolve_lines(document.entries, images, volumes, root=root)
    return Fstab(
        path=plain(resolved(guest, PATH) or PATH),
        entries=tuple(
            FstabEntry(
                line=number,
                spec=plain(entry.spec),
                mount_point=plain(entry.file),
                type=plain(entry.fstype),
                options=plain(",".join(entry.options)),
                device=_device(entry, volumes if isinstance(volumes, Unknown) else known[number]),
            )
            for number, entry in document.entries
        ),
        not_understood=tuple(line.number for line in document.not_understood),
    )


def _device(entry: Entry, named: Resolved) -> str | Unknown | None:
    if names_no_disk(entry.spec):
        return None
    return named.device if isinstance(named, Volume) else named
