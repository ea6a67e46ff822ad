"""The terminals on which root may log in, as rules see them."""

from __future__ import annotations

from guestfix.formats import securetty
from guestfix.rules.action import Format

FORMAT = Format(
    summary="Terminals on which root may log in, /etc/securetty",
    parse=securetty.parse,
    render=securetty.Securetty.render,
)
