"""Where the bytes of a hive come from: memory, or a guest's file of which only some pages are ever read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

PAGE: Final = 65536
"""Bytes read at once: 2 ms through the appliance, and few keys lie further from each other than that."""

PAGES: Final = 1024
"""Pages kept."""


class Source(Protocol):
    """Bytes that can be read anywhere."""

    @property
    def size(self) -> int:
        """Bytes in all."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Return the bytes there; fewer beyond the end."""
        ...


class InMemory:
    """A `Source` of bytes that are there already."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, offset: int, length: int) -> bytes:
        """See `Source.read`."""
        return self._data[offset : offset + length]


class Paged:
    """A `Source` that reads `size` bytes behind `read_at(offset, length)` by pages, when they are asked for."""

    def __init__(self, size: int, read_at: Callable[[int, int], bytes]) -> None:
        self.size = size
        self._read_at = read_at
        self._pages: dict[int, bytes] = {}

    def read(self, offset: int, length: int) -> bytes:
        """See `Source.read`."""
        first, last = offset // PAGE, (offset + max(length, 1) - 1) // PAGE
        if first == last:
            begin = offset % PAGE
            return self._page(first)[begin : begin + length]
        joined = b"".join(self._page(number) for number in range(first, min(last, self.size // PAGE) + 1))
        begin = offset - first * PAGE
        return joined[begin : begin + length]

    def _page(self, number: int) -> bytes:
        page = self._pages.get(number)
        if page is None:
            if len(self._pages) >= PAGES:
                self._pages.clear()
            page = self._pages[number] = self._read_at(number * PAGE, PAGE)
        return page
