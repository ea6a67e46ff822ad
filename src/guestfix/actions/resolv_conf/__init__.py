"""resolv.conf as rules see it."""

from __future__ import annotations

from guestfix.formats import resolv_conf
from guestfix.rules.action import Format

FORMAT = Format(
    summary="/etc/resolv.conf, resolv.conf(5)", parse=resolv_conf.parse, render=resolv_conf.ResolvConf.render
)
