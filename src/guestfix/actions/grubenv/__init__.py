"""GRUB's environment block as rules see it."""

from __future__ import annotations

from guestfix.formats import grubenv
from guestfix.rules.action import Format

FORMAT = Format(
    summary="GRUB 2's environment block of 1024 bytes, grubenv",
    parse=grubenv.parse,
    render=grubenv.Grubenv.render,
)
