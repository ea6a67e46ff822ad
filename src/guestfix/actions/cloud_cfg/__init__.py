"""cloud-init's configuration as rules see it: YAML, of which the places are known and nothing is rewritten."""

from __future__ import annotations

from guestfix.formats import netplan
from guestfix.rules.action import Format

FORMAT = Format(
    summary="/etc/cloud/cloud.cfg and cloud.cfg.d/*.cfg", parse=netplan.parse, render=netplan.Netplan.render
)
