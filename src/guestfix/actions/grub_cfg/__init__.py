"""A generated grub.cfg as rules see it."""

from __future__ import annotations

from guestfix.formats import grub_cfg
from guestfix.formats.grub_cfg import GrubCfg
from guestfix.rules.action import Format

FORMAT = Format(summary="GRUB 2's generated menu, grub.cfg", parse=grub_cfg.parse, render=GrubCfg.render)
