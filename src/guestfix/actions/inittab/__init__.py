"""System V init's inittab as rules see it."""

from __future__ import annotations

from guestfix.formats import inittab
from guestfix.rules.action import Format

FORMAT = Format(
    summary="What System V init starts, /etc/inittab", parse=inittab.parse, render=inittab.Inittab.render
)
