"""A small Linux guest in memory, and plans for it: what apply, recovery and revert are tried on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from guestfix.apply import apply
from guestfix.changes import Before, Change, Content, Extended, Whole
from guestfix.guest.memory import MemoryGuest
from guestfix.guest.memory_tree import FileSystem, Record
from guestfix.guest.protocol import Kind
from guestfix.journal import Journal
from guestfix.progress import Cancel

FOLDER = "/var/lib/guestfix/journal"
LABEL = ("security.selinux", b"system_u:object_r:etc_t:s0\0")


def change(guest: MemoryGuest, path: str, after: Content | bytes | None, *, mode: int = 0o644) -> Change:
    found = guest.files().get(path)
    before = None if found is None else Before(size=len(found), sha256=hashlib.sha256(found).hexdigest())
    content = Whole(data=after) if isinstance(after, bytes) else after
    return Change(path=path, rules=("linux/test",), reason="a test", before=before, after=content, mode=mode)


def run(guest: MemoryGuest, *changes: Change, cancel: Cancel | None = None) -> Journal:
    journal = apply(
        guest,
        changes,
        target="kvm",
        plan="plan-1",
        cancel=cancel,
        now=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )
    assert journal is not None
    return journal


def linux(*, file_system: FileSystem | None = None) -> MemoryGuest:
    guest = MemoryGuest(
        {
            "/etc/fstab": "/dev/sda1 / ext4\n",
            "/etc/network/interfaces": "auto eth0\n",
            "/etc/udev/rules.d/70-persistent-net.rules": "eth0\n",
            "/boot/initrd.img-6.1": b"cpio" * 3000,
            "/etc/hosts": "untouched\n",
        },
        directories=["/var/lib", "/etc/NetworkManager/system-connections"],
        file_system=file_system,
    )
    fstab = guest.add_file("/etc/fstab", "/dev/sda1 / ext4\n", mode=0o640)
    fstab.uid, fstab.gid = 7, 8
    fstab.mtime_ns = 1_234_567_890_123_456_789
    fstab.xattrs = {"system.posix_acl_access": b"\2\0\0\0acl", "security.selinux": LABEL[1]}
    guest.add_directory("/etc/NetworkManager").xattrs["security.selinux"] = LABEL[1]
    return guest


def every_kind(guest: MemoryGuest) -> list[Change]:
    return [
        change(guest, "/etc/fstab", b"UUID=1 / ext4\n"),
        change(guest, "/boot/initrd.img-6.1", Extended(tail=b"more" * 500, listing=("nvme.ko",))),
        change(guest, "/etc/udev/rules.d/70-persistent-net.rules", None),
        change(guest, "/etc/NetworkManager/new/deep/dhcp.nmconnection", b"[connection]\n", mode=0o600),
    ]


def protected() -> MemoryGuest:
    guest = linux()
    guest.add_file("/etc/resolv.conf", "nameserver 10.0.0.1\n", letters="i")
    guest.add_file("/etc/append/log", "x\n", letters="a")
    guest.add_directory("/etc/append").letters = "a"
    guest.add_file("/etc/fixed/file", "y\n")
    guest.add_directory("/etc/fixed").letters = "i"
    return guest


def protected_changes(guest: MemoryGuest) -> list[Change]:
    return [
        change(guest, "/etc/resolv.conf", b"nameserver 10.0.0.2\n"),
        change(guest, "/etc/append/log", b"xx\n"),
        change(guest, "/etc/fixed/file", None),
        change(guest, "/etc/fixed/new", b"z\n"),
    ]


def contents(snapshot: Mapping[str, Record]) -> dict[str, bytes]:
    return {path: record.data for path, record in snapshot.items() if record.kind is Kind.FILE}
