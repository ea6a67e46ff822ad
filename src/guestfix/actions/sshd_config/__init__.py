"""sshd_config as rules see it."""

from __future__ import annotations

from guestfix.formats import sshd_config
from guestfix.rules.action import Format

FORMAT = Format(
    summary="/etc/ssh/sshd_config and sshd_config.d, sshd_config(5)",
    parse=sshd_config.parse,
    render=sshd_config.SshdConfig.render,
)
