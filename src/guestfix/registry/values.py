"""One value of a key: its type, its bytes, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from guestfix.registry.names import bytes_of, text_of


class ValueType(IntEnum):
    """The types of winnt.h. A hive may say any other number; then it stays a number."""

    NONE = 0
    SZ = 1
    EXPAND_SZ = 2
    BINARY = 3
    DWORD = 4
    DWORD_BIG_ENDIAN = 5
    LINK = 6
    MULTI_SZ = 7
    RESOURCE_LIST = 8
    FULL_RESOURCE_DESCRIPTOR = 9
    RESOURCE_REQUIREMENTS_LIST = 10
    QWORD = 11


TEXT: Final = frozenset({ValueType.SZ, ValueType.EXPAND_SZ, ValueType.LINK})

Meaning = str | tuple[str, ...] | int | bytes


def value_type(number: int) -> int:
    """Return the `ValueType` of this number, or the number itself when it is none."""
    try:
        return ValueType(number)
    except ValueError:
        return number


@dataclass(frozen=True, slots=True)
class Value:
    """A value as the hive holds it. An empty name is the key's default value, `@` in a .reg file."""

    name: str
    type: int
    data: bytes

    @property
    def text(self) -> str | None:
        """The text of an SZ, EXPAND_SZ or LINK, up to the first NUL (it may have none); None for other types."""
        return text_of(self.data).partition("\0")[0] if self.type in TEXT else None

    @property
    def strings(self) -> tuple[str, ...] | None:
        """The strings of a MULTI_SZ; None for other types.

        Empty ones in the middle count: PendingFileRenameOperations has them. The NULs at the end may be missing.
        """
        if self.type != ValueType.MULTI_SZ:
            return None
        parts = text_of(self.data).split("\0")
        for _ in range(2):
            if parts and not parts[-1]:
                parts.pop()
        return tuple(parts)

    @property
    def number(self) -> int | None:
        """The number of a DWORD or QWORD whose size is right; None for others."""
        match self.type, len(self.data):
            case (ValueType.DWORD, 4) | (ValueType.QWORD, 8):
                return int.from_bytes(self.data, "little")
            case (ValueType.DWORD_BIG_ENDIAN, 4):
                return int.from_bytes(self.data, "big")
        return None

    @property
    def meaning(self) -> Meaning:
        """The number, text or strings; the bytes where the type has no other meaning or the size is wrong."""
        for meaning in (self.number, self.text, self.strings):
            if meaning is not None:
                return meaning
        return self.data


def sz(text: str) -> bytes:
    """Return the bytes of an SZ or EXPAND_SZ, with the NUL at its end."""
    return bytes_of(text + "\0")


def multi_sz(strings: tuple[str, ...]) -> bytes:
    """Return the bytes of a MULTI_SZ, with both NULs at its end."""
    return bytes_of("".join(f"{text}\0" for text in strings) + "\0")


def dword(number: int) -> bytes:
    """Return the bytes of a DWORD."""
    return number.to_bytes(4, "little")


def qword(number: int) -> bytes:
    """Return the bytes of a QWORD."""
    return number.to_bytes(8, "little")
