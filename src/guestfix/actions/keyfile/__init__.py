"""NetworkManager's keyfiles as rules see them."""

from __future__ import annotations

from guestfix.formats import sections
from guestfix.rules.action import Format

FORMAT = Format(
    summary="Profiles of NetworkManager, nm-settings-keyfile(5)",
    parse=sections.parse_keyfile,
    render=sections.Sections.render,
)
