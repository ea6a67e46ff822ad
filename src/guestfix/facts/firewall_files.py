"""The files that nftables loads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from guestfix.errors import Refused
from guestfix.facts.reading import first_file, text
from guestfix.guest.protocol import GuestReader
from guestfix.rules.paths import matching

LARGEST: Final = 1 << 20
"""Bytes of one file of rules that are read."""
_NFT_INCLUDE: Final = re.compile(r'^[ \t]*include[ \t]+"([^"\n]{1,200})"[^\n]*$', re.MULTILINE)
_MOST_FILES: Final = 32


def nft_files(guest: GuestReader) -> Iterator[str]:
    """Yield the main file of Red Hat, Debian or Alpine, and what it includes; nothing if there is none."""
    source = first_file(guest, ("/etc/sysconfig/nftables.conf", "/etc/nftables.conf", "/etc/nftables.nft"))
    if source is None:
        return
    yield source
    for found in list(_NFT_INCLUDE.finditer(text(guest, source, LARGEST) or ""))[:_MOST_FILES]:
        path = found[1] if found[1].startswith("/") else f"{source.rpartition('/')[0]}/{found[1]}"
        try:
            yield from matching(guest, path)[:_MOST_FILES]
        except Refused:
            continue
