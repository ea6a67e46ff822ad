"""lvm.conf as rules see it."""

from __future__ import annotations

from guestfix.formats import lvm_conf
from guestfix.rules.action import Format

FORMAT = Format(
    summary="/etc/lvm/lvm.conf, lvm.conf(5): its filters", parse=lvm_conf.parse, render=lvm_conf.LvmConf.render
)
