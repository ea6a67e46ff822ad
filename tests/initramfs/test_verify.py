"""The proof must fail when something is not as planned, and the lines must say what a person needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from guestfix.initramfs import ExtraFile, ModuleIndexes, describe, describe_difference, extend, extended, verify
from guestfix.initramfs.errors import NotAsPlanned

Archive = Callable[..., bytes]
VERSION = "6.1.0-test"
EMPTY_TRIE = bytes.fromhex("b007f457 00020001 0000000c")
PREFIX = f"usr/lib/modules/{VERSION}"


def test_lines_for_a_person(archive: Archive, guest_indexes: ModuleIndexes) -> None:
    folders = {"usr": None, "usr/lib": None, "usr/lib/modules": None, PREFIX: None, "etc": None}
    before = describe([archive({**folders, "init": b"", "etc/a\x1b": b"1", "old": b"", f"{PREFIX}/x.ko": b""})])
    extension = extend(
        before,
        guest_indexes,
        lambda path: b"12345",
        ["ext4"],
        extras=[ExtraFile("etc/a\x1b", 0o644, b"22"), ExtraFile("init", 0o755, b"")],
    )
    assert extension is not None
    lines = describe_difference(before, extended(before, extension))
    assert lines[:5] == (
        "~ -rw-r--r-- etc/a\\x1b (1 -> 2 bytes)",
        "~ -rwxr-xr-x init (0 bytes)",
        f"+ drwxr-xr-x {PREFIX}/kernel",
        f"+ drwxr-xr-x {PREFIX}/kernel/fs",
        f"+ -rw-r--r-- {PREFIX}/kernel/fs/ext4.ko (5 bytes)",
    )
    assert describe_difference(extended(before, extension), before)[2] == f"- drwxr-xr-x {PREFIX}/kernel"
    assert describe_difference(before, before) == ()


def test_every_departure_is_noticed(archive: Archive, guest_indexes: ModuleIndexes) -> None:
    data = archive({"init": b"1", f"{PREFIX}/kernel/fs/ext4.ko": b""})
    before = describe([data])
    extension = extend(before, guest_indexes, lambda path: b"12345", ["other"])
    assert extension is not None
    after = describe([data, extension.tail])
    verify(before, extension, after)
    bent = [
        (before, extension, before),
        (before, replace(extension, tail=extension.tail + b"\0"), after),
        (before, replace(extension, added=extension.added[1:]), after),
        (before, replace(extension, added=(("init", 2), *extension.added)), after),
        (before, replace(extension, added=(*extension.added, ("absent", 0))), after),
        (before, extension, replace(after, entries={**after.entries, "new": after.entries["init"]})),
        (before, extension, replace(after, entries={k: v for k, v in after.entries.items() if k != "init"})),
        (before, extension, replace(after, segments=after.segments[1:])),
        (before, extension, replace(after, kept={})),
        (before, extension, replace(after, kept={f"{PREFIX}/modules.dep": b"kernel/fs/ext4.ko:\n"})),
        (before, extension, replace(after, kept={**after.kept, f"{PREFIX}/modules.dep.bin": EMPTY_TRIE})),
        (before, extension, replace(after, kept={f"{PREFIX}/modules.dep": b"kernel/net/gone.ko:\n"})),
    ]
    for case in bent:
        with pytest.raises(NotAsPlanned) as caught:
            verify(*case)
        assert caught.value.code == "GF-INITRAMFS-VERIFY"
