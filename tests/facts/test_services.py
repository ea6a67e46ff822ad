"""What is masked does not start, in either spelling of systemd.unit(5)."""

from __future__ import annotations

from guestfix.facts.services import services
from guestfix.guest.memory import MemoryGuest

UNIT = "/lib/systemd/system/wicked.service"
WANTED = "/etc/systemd/system/multi-user.target.wants/wicked.service"
OVERRIDE = "/etc/systemd/system/wicked.service"


def guest() -> MemoryGuest:
    made = MemoryGuest()
    made.add_file(UNIT, b"[Service]\n")
    made.add_symlink(WANTED, UNIT)
    return made


def started(made: MemoryGuest) -> bool:
    return services(made, "systemd", frozenset({"wicked"})).starts("wicked") is not None


def test_a_link_to_dev_null_and_an_empty_file_mask_alike() -> None:
    assert started(guest())
    linked, emptied, replaced = guest(), guest(), guest()
    linked.add_symlink(OVERRIDE, "/dev/null")
    emptied.add_file(OVERRIDE, b"")
    replaced.add_file(OVERRIDE, b"[Service]\nExecStart=/bin/true\n")
    assert [started(linked), started(emptied), started(replaced)] == [False, False, True]
