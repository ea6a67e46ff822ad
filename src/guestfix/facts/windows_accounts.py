"""Local accounts of a Windows, from the hive SAM: which are switched on, and which have no password.

Sources: sam.h of chntpw (`user_V` and `user_F`: the offsets and account bits), seen in two real SAM hives;
secretsdump.py of impacket and mimikatz, `SAM_HASH` and `SAM_HASH_AES` (revision 1: a header of 4 bytes and a hash
of 16; revision 2: a header of 24 bytes and the encrypted hash). No hash is read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from guestfix.facts.base import Flag, Unknown
from guestfix.facts.reading import plain
from guestfix.facts.windows_model import WindowsAccount
from guestfix.facts.windows_registry import Registry, attempt, subkeys
from guestfix.registry import Key

_USERS: Final = r"SAM\Domains\Account\Users"
_MOST: Final = 200
_NAME: Final = 0x0C
_NT_HASH: Final = 0xA8
_DATA: Final = 0xCC
"""What the offsets in V count from."""
_BITS: Final = 0x38
_DISABLED: Final = 0x0001
_NOT_REQUIRED: Final = 0x0004
_HEADERS: Final = {1: 4, 2: 24}
"""Bytes before the hash, by revision."""


def accounts(registry: Registry) -> tuple[WindowsAccount, ...]:
    """Return the local accounts, at most 200; none if the hive cannot tell."""
    return tuple(_accounts(registry))[:_MOST]


def _accounts(registry: Registry) -> Iterator[WindowsAccount]:
    for user in subkeys(registry.in_sam(_USERS))[:_MOST]:
        fixed, variable = _data(user, "F"), _data(user, "V")
        if len(fixed) < _BITS + 2 or len(variable) < _DATA:
            continue
        [bits] = struct.unpack_from("<H", fixed, _BITS)
        name = _part(variable, _NAME).decode("utf-16-le", "replace")
        yield WindowsAccount(
            name=plain(name),
            enabled=not bits & _DISABLED,
            password=_has_password(variable, required=not bits & _NOT_REQUIRED),
        )


def _data(user: Key, name: str) -> bytes:
    value = attempt(lambda: user.value(name))
    return value.data if value is not None and not isinstance(value, Unknown) else b""


def _part(variable: bytes, place: int) -> bytes:
    offset, length = struct.unpack_from("<II", variable, place)
    return variable[_DATA + offset : _DATA + offset + length]


def _has_password(variable: bytes, *, required: bool) -> Flag:
    """Return whether a hash is kept; it may be the hash of nothing where the account may have none."""
    kept = _part(variable, _NT_HASH)
    revision = int.from_bytes(kept[2:4], "little")
    if len(kept) >= 4 and revision not in _HEADERS:
        return Unknown(unknown=f"its hash is of the unknown revision {revision}")
    if len(kept) <= _HEADERS.get(revision, 4):
        return False
    return required or Unknown(unknown="none is required of it, and the one that is kept may be empty")
