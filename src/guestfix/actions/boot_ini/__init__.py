"""boot.ini as rules see it."""

from __future__ import annotations

from guestfix.formats import boot_ini
from guestfix.rules.action import Format

FORMAT = Format(
    summary="boot.ini, which starts Windows up to XP and Server 2003",
    parse=boot_ini.parse,
    render=boot_ini.BootIni.render,
)
