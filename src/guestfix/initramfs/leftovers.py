"""Which small files of an image hold settings that may pin the old machine; rules see what is in them."""

from __future__ import annotations

import re

_SETTINGS = re.compile(
    r"conf/conf\.d/[^/]+"
    r"|etc/cmdline\.d/[^/]+\.conf"
    r"|(?:usr/)?(?:etc|lib)/modprobe\.d/[^/]+\.conf|etc/modprobe\.conf"
    r"|(?:usr/)?(?:etc|lib)/udev/rules\.d/7[0-9]-persistent-net\.rules"
    r"|(?:usr/)?(?:etc|lib)/systemd/network/[^/]+\.link"
    r"|(?:usr/lib|lib|var/lib)/dracut/hooks/initqueue/finished/devexists-[^/]+\.sh"
    r"|etc/systemd/system/dev-[^/]+\.device\.d/timeout\.conf"
    r"|etc/lvm/(?:lvm|lvmlocal)\.conf|etc/lvm/devices/system\.devices"
    r"|etc/mdadm\.conf|etc/mdadm/mdadm\.conf"
    r"|etc/crypttab|cryptroot/crypttab"
    r"|config/start\.sh|init"
)


def is_setting(path: str) -> bool:
    """Say whether the file at `path` in an image is one of these."""
    return _SETTINGS.fullmatch(path) is not None
