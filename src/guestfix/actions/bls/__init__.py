"""Boot Loader Specification entries as rules see them: GRUB's blscfg and systemd-boot read them."""

from __future__ import annotations

from guestfix.formats import bls
from guestfix.rules.action import Format

FORMAT = Format(
    summary="A Boot Loader Specification entry, loader/entries/*.conf",
    parse=bls.parse,
    render=bls.BlsEntry.render,
)
