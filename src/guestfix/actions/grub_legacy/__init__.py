"""GRUB 0.97's menu as rules see it."""

from __future__ import annotations

from guestfix.formats import grub_legacy
from guestfix.rules.action import Format

FORMAT = Format(
    summary="GRUB 0.97's menu, menu.lst or grub.conf",
    parse=grub_legacy.parse,
    render=grub_legacy.GrubLegacy.render,
)
