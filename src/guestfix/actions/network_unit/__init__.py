"""systemd's .network files as rules see them."""

from __future__ import annotations

from guestfix.formats import sections
from guestfix.rules.action import Format

FORMAT = Format(
    summary="/etc/systemd/network/*.network, systemd.network(5)",
    parse=sections.parse_unit,
    render=sections.Sections.render,
)
