"""systemd's .mount and .swap units as rules see them."""

from __future__ import annotations

from guestfix.formats import sections
from guestfix.rules.action import Format

FORMAT = Format(
    summary="Units of systemd, systemd.mount(5), systemd.swap(5)",
    parse=sections.parse_unit,
    render=sections.Sections.render,
)
