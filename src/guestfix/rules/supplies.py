"""What the caller brings along that no guest holds: drivers, scripts, and which card becomes which."""

from __future__ import annotations

from dataclasses import dataclass

from guestfix.guest.protocol import GuestReader


@dataclass(frozen=True, slots=True)
class Supplies:
    """Things from outside of the guest. They may only be read, and are believed no more than the guest is."""

    drivers: GuestReader | None = None
    """The folder that `--drivers` names, as `/`. None: no folder was named."""
    scripts: GuestReader | None = None
    """The folder that `--first-boot` names, as `/`. None: no folder was named."""
    cards: tuple[tuple[str, str], ...] = ()
    """Old MAC and new MAC of network cards, in lower case with colons, in the order of `--nic`."""


NOTHING = Supplies()
