"""Is it seen, before anything is written, that what a plan writes does not fit where it goes?"""

from __future__ import annotations

import pytest

from guestfix.changes import Finding
from guestfix.facts.collect import collect
from guestfix.facts.model import Unknown
from guestfix.guest.memory import MemoryGuest
from guestfix.guest.memory_tree import FileSystem
from guestfix.operations import Knowledge
from guestfix.plan import Plan, plan

FSTAB = "/dev/sda1 / ext4 defaults 0 1\n.host:/ /mnt/hgfs vmhgfs defaults 0 0\n"


def planned(file_system: FileSystem, *, fstab: str = FSTAB) -> Plan:
    """Plan for a guest with one file to change, on a file system of its own below /etc."""
    guest = MemoryGuest({"/etc/os-release": "ID=debian\nVERSION_ID=12\n"})
    guest.file_systems[2] = file_system
    guest.add_directory("/etc").device = 2
    guest.add_file("/etc/fstab", fstab).device = 2
    knowledge = Knowledge.load()
    target = knowledge.target("kvm")
    inspection = collect(guest, Unknown(unknown="no disks"), (target,))
    rules = knowledge.rules.configured(only=["linux/fstab", "checks/room"])
    return plan(inspection.facts, {}, guest, rules, target)


def about_room(found: Plan) -> list[Finding]:
    return [finding for finding in found.findings if finding.rule == "checks/room"]


def test_a_plan_that_fits_is_no_matter() -> None:
    found = planned(FileSystem(capacity=1 << 20, inodes=100))
    assert [change.path for change in found.changes] == ["/etc/fstab"]
    assert about_room(found) == []


@pytest.mark.parametrize("full", [FileSystem(capacity=60_000), FileSystem(capacity=1 << 20, inodes=3)])
def test_too_few_bytes_or_inodes_for_what_is_written_are_an_error_with_numbers(full: FileSystem) -> None:
    [finding] = about_room(planned(full))
    assert (finding.code, finding.severity) == ("GF-ROOM-PLAN", "error")
    [evidence] = finding.evidence
    assert evidence.path == "/etc"
    assert "the plan takes 0.1 MiB and 3 files of it" in evidence.value


def test_a_full_file_system_to_which_nothing_is_written_is_no_matter() -> None:
    found = planned(FileSystem(capacity=60_000), fstab="proc /proc proc defaults 0 0\n")
    assert (found.changes, about_room(found)) == ((), [])
