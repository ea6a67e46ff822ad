"""A guest that is looked at many times and does not change meanwhile: each path is asked for once.

Sixty rules ask for the same few directories again and again, and a question to an emulated appliance costs 1 to
16 ms: without this, 2,185 questions on 285 paths took a quarter of the time of a whole `apply`.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from guestfix.errors import Refused
from guestfix.guest import paths
from guestfix.guest.protocol import TEXT_LIMIT, Attributes, GuestReader, Space, Status

MISSES: Final = 3
"""Names of one directory that may be absent before it is listed, which answers for all others."""


class RememberingReader:
    """A `GuestReader` over another one. What a path leads to is remembered, what files hold is not.

    Make a new one after anything was written. Refusals are not remembered: they are raised by the guest each time.
    """

    def __init__(self, guest: GuestReader) -> None:
        self._guest = guest
        self._statuses: dict[str, Status | None] = {}
        self._link_statuses: dict[str, Status | None] = {}
        self._targets: dict[str, str] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._misses: Counter[str] = Counter()
        self._listed: dict[str, frozenset[str] | None] = {}

    def status(self, path: str) -> Status | None:
        """See `GuestReader.status`."""
        if path not in self._statuses:
            self._statuses[path] = None if self._is_absent(path) else self._guest.status(path)
            self._count(path, self._statuses[path])
        return self._statuses[path]

    def link_status(self, path: str) -> Status | None:
        """See `GuestReader.link_status`."""
        if path not in self._link_statuses:
            self._link_statuses[path] = None if self._is_absent(path) else self._guest.link_status(path)
            self._count(path, self._link_statuses[path])
        return self._link_statuses[path]

    def resolve(self, path: str) -> str | None:
        """See `GuestReader.resolve`; what does not lead anywhere costs one question, not one a component."""
        return None if self.status(path) is None else paths.resolve(self, path)

    def link_target(self, path: str) -> str:
        """See `GuestReader.link_target`."""
        if path not in self._targets:
            self._targets[path] = self._guest.link_target(path)
        return self._targets[path]

    def names(self, path: str) -> tuple[str, ...]:
        """See `GuestReader.names`."""
        if path not in self._names:
            self._names[path] = self._guest.names(path)
        return self._names[path]

    def read(self, path: str, limit: int = TEXT_LIMIT) -> bytes:
        """See `GuestReader.read`."""
        return self._guest.read(path, limit)

    def read_at(self, path: str, offset: int, length: int) -> bytes:
        """See `GuestReader.read_at`."""
        return self._guest.read_at(path, offset, length)

    def attributes(self, path: str) -> Attributes:
        """See `GuestReader.attributes`."""
        return self._guest.attributes(path)

    def space(self, path: str) -> Space:
        """See `GuestReader.space`."""
        return self._guest.space(path)

    def protection(self, path: str) -> str:
        """See `GuestReader.protection`."""
        return self._guest.protection(path)

    def _is_absent(self, path: str) -> bool:
        """Whether a listing of its directory says so: rules ask for many services that few guests have.

        FAT takes a name in any case, and an old short one (PROGRA~1) that is in no listing: those are asked for.
        """
        folder, _, name = path.rpartition("/")
        if self._misses[folder] < MISSES or name in {"", ".", ".."} or "~" in name:
            return False
        if folder not in self._listed:
            try:
                self._listed[folder] = frozenset(each.casefold() for each in self.names(folder or "/"))
            except Refused:
                self._listed[folder] = None
        listed = self._listed[folder]
        return listed is not None and name.casefold() not in listed

    def _count(self, path: str, found: Status | None) -> None:
        if found is None:
            self._misses[path.rpartition("/")[0]] += 1
