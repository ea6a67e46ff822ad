"""The menu of extlinux and syslinux as rules see it."""

from __future__ import annotations

from guestfix.formats import syslinux
from guestfix.rules.action import Format

FORMAT = Format(
    summary="The menu of extlinux or syslinux, extlinux.conf",
    parse=syslinux.parse,
    render=syslinux.Syslinux.render,
)
