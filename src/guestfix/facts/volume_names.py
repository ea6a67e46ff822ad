"""The names that a guest itself gives to its encrypted devices and arrays, from crypttab and mdadm.conf."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from guestfix.facts.devices import resolve
from guestfix.facts.model import Image, Unknown, Volume
from guestfix.facts.reading import parsed, plain
from guestfix.formats import crypttab, mdadm_conf
from guestfix.guest.protocol import GuestReader

CRYPTTAB: Final = "/etc/crypttab"
MDADM: Final = ("/etc/mdadm/mdadm.conf", "/etc/mdadm.conf")
"""Debian's place and the others'."""


def with_guest_names(guest: GuestReader, images: Sequence[Image], volumes: Sequence[Volume]) -> tuple[Volume, ...]:
    """Return `volumes`, each with the names by which fstab and the kernel command line may call it."""
    names: dict[str, list[str]] = {}
    table = parsed(guest, CRYPTTAB, crypttab.parse)
    if isinstance(table, crypttab.Crypttab):
        for _, entry in table.entries:
            container = resolve(entry.device, images, volumes, type_hint="crypto_LUKS")
            for volume in volumes:
                if isinstance(container, Volume) and volume.part_of == container.device:
                    names.setdefault(volume.device, []).append(f"/dev/mapper/{plain(entry.name)}")
    for path in MDADM:
        configuration = parsed(guest, path, mdadm_conf.parse)
        if configuration is None or isinstance(configuration, Unknown):
            continue
        for device, uuid in configuration.arrays:
            for volume in volumes:
                if f"/dev/disk/by-id/md-uuid-{uuid}" in volume.names:
                    names.setdefault(volume.device, []).append(plain(device))
    return tuple(
        volume.model_copy(update={"names": tuple(dict.fromkeys((*volume.names, *names.get(volume.device, ()))))})
        for volume in volumes
    )
