"""/etc/crypttab as rules see it: the format, and the names that `where:` may use about a line."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from guestfix.actions._by_uuid import is_here
from guestfix.facts.model import Flag, Model
from guestfix.formats import crypttab
from guestfix.rules.action import Format, Scope

FORMAT = Format(summary="/etc/crypttab, crypttab(5)", parse=crypttab.parse, render=crypttab.Crypttab.render)


class CrypttabLine(Model):
    """What `where:` can ask about one line of crypttab."""

    name: str = Field(description="First field: the name below /dev/mapper")
    device: str = Field(description="Second field: the encrypted device")
    key_file: str = Field(description="Third field; empty where the passphrase is asked for")
    options: tuple[str, ...] = Field(description="Fourth field, one by one")
    resolved: Flag = Field(description="False where it names a disk that is not among the images")


def lines(document: crypttab.Crypttab, scope: Scope) -> Iterator[tuple[int, crypttab.Entry, CrypttabLine]]:
    """Yield line number, entry, and what `where:` sees of it."""
    for number, entry in document.entries:
        seen = CrypttabLine(
            name=entry.name,
            device=entry.device,
            key_file=entry.key_file,
            options=entry.options,
            resolved=is_here(entry.device, scope),
        )
        yield number, entry, seen
