"""netplan's files as rules see them."""

from __future__ import annotations

from guestfix.formats import netplan
from guestfix.rules.action import Format

FORMAT = Format(summary="/etc/netplan/*.yaml, netplan(5)", parse=netplan.parse, render=netplan.Netplan.render)
