"""mdadm.conf as rules see it."""

from __future__ import annotations

from guestfix.formats import mdadm_conf
from guestfix.rules.action import Format

FORMAT = Format(
    summary="/etc/mdadm/mdadm.conf, mdadm.conf(5)", parse=mdadm_conf.parse, render=mdadm_conf.MdadmConf.render
)
