"""A byte stream that is read once, forward, in bounded memory, and knows where it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from guestfix.initramfs.errors import CorruptImage, TooLarge

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of an image we are willing to read, unpack and remember; all sizes in bytes.

    The defaults are several times what the largest real images need (about 250 MB and 6,000 members unpacked).
    """

    packed: int = 2048 * MIB
    unpacked: int = 2048 * MIB
    members: int = 50_000
    name: int = 4096
    names: int = 8 * MIB
    kept_body: int = 16 * MIB
    kept_bodies: int = 48 * MIB
    window: int = 64 * MIB
    """The dictionary or window that a decoder may hold: `xz -9` uses 64 MiB, zstd up to level 19 uses 8 MiB."""


class Source:
    """Reads from an iterator of byte chunks of any sizes; holds one chunk and what was looked at ahead of it.

    `offset` is the position of the next byte. `limit` is the number of bytes that may come out of `chunks`.
    """

    def __init__(self, chunks: Iterable[bytes], *, limit: int, offset: int = 0) -> None:
        self._chunks = iter(chunks)
        self._held = b""
        self._at = 0
        self._limit = limit
        self._received = 0
        self.offset = offset

    def _fetch(self) -> bool:
        for chunk in self._chunks:
            if not chunk:
                continue
            self._received += len(chunk)
            if self._received > self._limit:
                raise TooLarge(f"An initramfs holds more than {self._limit} bytes, the limit.")
            rest = self._held[self._at :]
            self._held = rest + chunk if rest else chunk
            self._at = 0
            return True
        return False

    def at_end(self) -> bool:
        """Say whether no byte is left."""
        return self._at == len(self._held) and not self._fetch()

    def peek(self, count: int) -> bytes:
        """Return the next `count` bytes, fewer at the end, and stay where we are."""
        while len(self._held) - self._at < count and self._fetch():
            pass
        return self._held[self._at : self._at + count]

    def take(self, count: int) -> bytes:
        """Return exactly `count` bytes; CorruptImage if the stream ends before."""
        data = self.peek(count)
        if len(data) < count:
            raise CorruptImage(f"An initramfs ends {count - len(data)} bytes too early, at byte {self.offset}.")
        self._forward(count)
        return data

    def some(self, most: int) -> bytes:
        """Return between 1 and `most` bytes, what is at hand; CorruptImage at the end of the stream."""
        if self.at_end():
            raise CorruptImage(f"An initramfs ends too early, at byte {self.offset}, inside of compressed data.")
        data = self._held[self._at : self._at + most]
        self._forward(len(data))
        return data

    def give_back(self, data: bytes) -> None:
        """Put bytes that were taken last, and not needed, in front again."""
        if data:
            self._held = data + self._held[self._at :]
            self._at = 0
            self.offset -= len(data)

    def skip(self, count: int) -> None:
        """Pass over exactly `count` bytes; CorruptImage if the stream ends before."""
        while count:
            if self.at_end():
                raise CorruptImage(f"An initramfs ends {count} bytes too early, at byte {self.offset}.")
            step = min(count, len(self._held) - self._at)
            self._forward(step)
            count -= step

    def skip_zeros(self) -> int:
        """Pass over zero bytes and return how many there were."""
        start = self.offset
        while not self.at_end():
            rest = self._held[self._at :]
            zeros = len(rest) - len(rest.lstrip(b"\0"))
            self._forward(zeros)
            if zeros < len(rest):
                break
        return self.offset - start

    def _forward(self, count: int) -> None:
        self._at += count
        self.offset += count
        if self._at == len(self._held):
            self._held = b""
            self._at = 0
