"""Rules of udev as rules see them."""

from __future__ import annotations

from guestfix.formats import udev_rules
from guestfix.rules.action import Format

FORMAT = Format(summary="Rules of udev, udev(7)", parse=udev_rules.parse, render=udev_rules.UdevRules.render)
