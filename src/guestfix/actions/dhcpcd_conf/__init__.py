"""dhcpcd.conf as rules see it."""

from __future__ import annotations

from guestfix.formats import dhcpcd_conf
from guestfix.rules.action import Format

FORMAT = Format(
    summary="/etc/dhcpcd.conf, dhcpcd.conf(5)", parse=dhcpcd_conf.parse, render=dhcpcd_conf.DhcpcdConf.render
)
