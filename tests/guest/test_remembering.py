"""Each path is asked for once, and the answers are those of the guest itself."""

from __future__ import annotations

from collections import Counter

import pytest

from guestfix.guest.errors import NotASymlink
from guestfix.guest.memory import MemoryGuest
from guestfix.guest.protocol import Status
from guestfix.guest.remembering import RememberingReader

PATHS = (
    "/",
    "/etc",
    "/etc/fstab",
    "/lib/x",
    "/usr/lib/x",
    "/gone",
    "/etc/fstab/x",
    "/loop",
    "/lib/../etc",
    "/out",
)


class Counting(MemoryGuest):
    """Counts what it is asked."""

    def __init__(self) -> None:
        super().__init__(
            {"/etc/fstab": "# none\n", "/usr/lib/x": "x"},
            symlinks={"/lib": "usr/lib", "/loop": "/loop", "/out": "../../../etc/fstab"},
        )
        self.asked: Counter[tuple[str, str]] = Counter()

    def status(self, path: str) -> Status | None:
        self.asked["status", path] += 1
        return super().status(path)

    def link_status(self, path: str) -> Status | None:
        self.asked["link_status", path] += 1
        return super().link_status(path)


def test_every_answer_is_the_guests_own() -> None:
    guest = MemoryGuest(
        {"/etc/fstab": "# none\n", "/usr/lib/x": "x"},
        symlinks={"/lib": "usr/lib", "/loop": "/loop", "/out": "../../../etc/fstab"},
    )
    reader = RememberingReader(guest)
    for _ in range(2):
        for path in PATHS:
            assert reader.status(path) == guest.status(path)
            assert reader.link_status(path) == guest.link_status(path)
            assert reader.resolve(path) == guest.resolve(path)
            assert reader.names(path) == guest.names(path)
        assert reader.link_target("/lib") == "usr/lib"
        assert reader.read("/lib/x") == b"x"
        with pytest.raises(NotASymlink):
            reader.link_target("/etc")


def test_a_path_is_asked_for_once() -> None:
    guest = Counting()
    reader = RememberingReader(guest)
    for _ in range(3):
        for path in PATHS:
            reader.status(path)
            reader.resolve(path)
    before = guest.asked.copy()
    assert max(before.values()) <= 2, "MemoryGuest asks itself too"
    reader.resolve("/lib/x")
    reader.status("/gone")
    assert guest.asked == before


def test_a_directory_that_lacks_much_is_listed_once() -> None:
    guest = Counting()
    reader = RememberingReader(guest)
    for number in range(50):
        assert reader.status(f"/etc/init.d/{number}") is None
        assert reader.link_status(f"/lib/{number}.service") is None
    assert sum(count for (_, path), count in guest.asked.items() if path.startswith("/etc/init.d/")) <= 6
    assert reader.status("/lib/x") == guest.status("/lib/x")
    guest.asked.clear()
    assert reader.status("/lib/X") is None
    assert guest.asked["status", "/lib/X"] == 1, "on FAT it would be there"
