"""systemd-boot's loader.conf as rules see it: lines of a key and a value, as in boot loader entries."""

from __future__ import annotations

from guestfix.formats import bls
from guestfix.rules.action import Format

FORMAT = Format(
    summary="systemd-boot's configuration, loader/loader.conf",
    parse=bls.parse,
    render=bls.BlsEntry.render,
)
