"""The first 512 bytes of a hive: whether it was written to its end, and where its root is.

Source of the layout here and in `cells`: "Windows registry file format specification" by M. Suhanov
(msuhanov/regf), checked against the hives of the test corpora.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, Self

from guestfix.registry.errors import NotAHive
from guestfix.registry.names import text_of

SIZE: Final = 4096
"""Bytes before the first bin."""

CHECKED: Final = 508
"""Bytes that the checksum covers; it follows them."""

_FIELDS: Final = struct.Struct("<4sIIQIIIIIII64s")


@dataclass(frozen=True, slots=True)
class BaseBlock:
    """What the base block says. Offsets count from the end of the base block, as everywhere in a hive."""

    sequence1: int
    """Raised before a write of the hive begins."""
    sequence2: int
    """Made equal when it ended."""
    minor: int
    """The format is 1.`minor`: 3 for Windows XP to 11, 5 and 6 for SOFTWARE and others."""
    root: int
    bins_size: int
    file_name: str
    """The end of the path the hive was loaded from, for people."""
    checksum_right: bool

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read the block from the first 512 bytes of a file. Raises NotAHive."""
        if len(data) < CHECKED + 4 or not data.startswith(b"regf"):
            raise NotAHive(
                "this file is no registry hive: it does not begin with `regf`",
                hint="it may be encrypted, empty or overwritten; look at it in the guest",
            )
        fields = _FIELDS.unpack_from(data)
        _, sequence1, sequence2, _, major, minor, kind, layout, root, bins_size, _, name = fields
        if (major, layout) != (1, 1) or kind != 0:
            raise NotAHive(f"this is no primary hive of format 1: version {major}.{minor}, type {kind}")
        right = checksum(data) == struct.unpack_from("<I", data, CHECKED)[0]
        return cls(sequence1, sequence2, minor, root, bins_size, text_of(name).partition("\0")[0], right)

    @property
    def is_clean(self) -> bool:
        """Whether the last write of the hive was carried to its end."""
        return self.checksum_right and self.sequence1 == self.sequence2


def checksum(data: bytes) -> int:
    """Return the XOR of the first 127 words of a base block; as in Windows it is never 0 or all ones."""
    total = 0
    for (word,) in struct.iter_unpack("<I", data[:CHECKED]):
        total ^= word
    return {0: 1, 0xFFFFFFFF: 0xFFFFFFFE}.get(total, total)
