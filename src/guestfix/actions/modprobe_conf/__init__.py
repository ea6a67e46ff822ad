"""modprobe.d(5) as rules see it."""

from __future__ import annotations

from guestfix.formats import modprobe_conf
from guestfix.rules.action import Format

FORMAT = Format(
    summary="modprobe.d(5): /etc/modprobe.d/*.conf, /etc/modprobe.conf",
    parse=modprobe_conf.parse,
    render=modprobe_conf.ModprobeConf.render,
)
