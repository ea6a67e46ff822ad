"""When a .link file (systemd.link(5)) gives its name to one card of the old machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from guestfix.facts.network_networkd import values
from guestfix.formats.sections import Sections
from guestfix.rules.action import Scope

_PINS: Final = ("MACAddress", "PermanentMACAddress", "Path", "Driver", "Property")


def pinned_name(documents: Sequence[Sections], scope: Scope) -> str | None:
    """Return the name that a .link file with its drop-ins binds to a MAC, path or driver.

    None: it names no certain card, or one that `--nic` says is there on the new machine.
    """
    name = values(documents, "Link", "Name")
    macs = {mac.lower() for key in _PINS[:2] for value in values(documents, "Match", key) for mac in value.split()}
    if not name or macs & {mac for _, mac in scope.supplies.cards}:
        return None
    return name[-1] if any(values(documents, "Match", key) for key in _PINS) else None
