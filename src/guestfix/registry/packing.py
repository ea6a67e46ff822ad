"""Pieces of a hive as bytes, for `writer` (a new hive) and `editor` (a hive that is there)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Final

from guestfix.registry.cells import BIG_DATA_FROM, INLINE, NOTHING, SEGMENT
from guestfix.registry.names import bytes_of, folded

LEAF: Final = 500
"""Keys in one leaf of a list of subkeys; more of them get an index root."""

HASHED_FROM: Final = 5
"""Minor version from which the list of subkeys holds hashes of names (lh) and not their first letters (lf)."""

Add = Callable[[bytes], int]
"""Makes a cell of these bytes and returns its offset."""


def packed_name(name: str) -> tuple[bytes, bool]:
    """Return the bytes of a name, and whether it is one byte a character."""
    try:
        return name.encode("latin-1"), True
    except UnicodeEncodeError:
        return bytes_of(name), False


def in_order(name: str) -> tuple[int, ...]:
    """Return what Windows sorts the names of subkeys by, and searches them with."""
    return tuple(unit for (unit,) in struct.iter_unpack("<H", bytes_of(folded(name))))


def subkey_list(add: Add, keys: Sequence[tuple[str, int]], minor: int) -> int:
    """Add the list of these subkeys (name, offset; in order) and return its offset."""
    if not keys:
        return NOTHING
    signature, hint = (b"lh", _hash) if minor >= HASHED_FROM else (b"lf", _letters)
    leaves = [
        add(
            struct.pack("<2sH", signature, len(part))
            + b"".join(struct.pack("<II", place, hint(name)) for name, place in part)
        )
        for part in (keys[begin : begin + LEAF] for begin in range(0, len(keys), LEAF))
    ]
    if len(leaves) == 1:
        return leaves[0]
    return add(struct.pack(f"<2sH{len(leaves)}I", b"ri", len(leaves), *leaves))


def packed_value_data(add: Add, data: bytes, minor: int) -> tuple[int, int]:
    """Add what cells the data of a value needs; return the length and the offset that its cell says."""
    if len(data) <= 4:
        return len(data) | INLINE, int.from_bytes(data, "little")
    if len(data) <= SEGMENT or minor < BIG_DATA_FROM:
        return len(data), add(data)
    segments = [add(data[begin : begin + SEGMENT]) for begin in range(0, len(data), SEGMENT)]
    listed = add(struct.pack(f"<{len(segments)}I", *segments))
    return len(data), add(struct.pack("<2sHI", b"db", len(segments), listed))


def _hash(name: str) -> int:
    total = 0
    for unit in in_order(name):
        total = (total * 37 + unit) & 0xFFFFFFFF
    return total


def _letters(name: str) -> int:
    """Return the first four letters as Windows XP compares them; none where one of them is wider than a byte."""
    packed, one_byte = packed_name(name[:4])
    return int.from_bytes(packed, "little") if one_byte else 0
