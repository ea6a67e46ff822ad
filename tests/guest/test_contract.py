"""What every guest promises, asked of all three: memory, a mounted directory, the appliance."""

from __future__ import annotations

import hashlib
import os

import pytest

from guestfix.apply import apply
from guestfix.changes import Before, Change, Extended, Whole
from guestfix.guest.errors import (
    AlreadyThere,
    FileMissing,
    FileTooLarge,
    GuestIOError,
    NameNotSupported,
    NotAFile,
    NotASymlink,
    Protected,
)
from guestfix.guest.protocol import CHUNK, Attributes, GuestReader, Kind, chunks
from guestfix.readback import verify
from guestfix.revert import revert

from .conftest import ACL, CAPABILITY, World


def tree(guest: GuestReader, path: str) -> dict[str, object]:
    """Everything below `path` that can be compared, through the guest's own eyes."""
    found: dict[str, object] = {}
    for name in guest.names(path):
        below = f"{path.rstrip('/')}/{name}"
        status = guest.link_status(below)
        assert status is not None
        if status.kind is Kind.DIRECTORY:
            found[below] = (status.kind, status.mode, status.uid, guest.attributes(below).xattrs)
            found.update(tree(guest, below))
        elif status.kind is Kind.FILE:
            attributes = guest.attributes(below)
            found[below] = (
                status.inode, guest.read(below, 64 << 20), attributes.uid, attributes.gid, attributes.mode,
                attributes.mtime_ns, attributes.xattrs,
            )  # fmt: skip
        else:
            found[below] = (status.kind, status.inode)
    return found


def test_a_written_file_is_there_for_its_owner_only(world: World) -> None:
    path = f"{world.base}/file"
    world.guest.write(path, [b"abc", b"", b"def"])
    assert world.guest.read(path) == b"abcdef"
    status = world.guest.status(path)
    assert status is not None
    assert (status.kind, status.size, status.mode, status.links) == (Kind.FILE, 6, 0o600, 1)
    assert world.guest.names(world.base) == ("file",)


def test_writing_never_replaces_nor_follows(world: World) -> None:
    guest, base = world.guest, world.base
    guest.write(f"{base}/file", [b"old"])
    world.symlink(f"{base}/dangling", f"{base}/target")
    for name in ("file", "dangling"):
        with pytest.raises(AlreadyThere):
            guest.write(f"{base}/{name}", [b"new"])
        with pytest.raises(AlreadyThere):
            guest.copy(f"{base}/file", f"{base}/{name}")
        with pytest.raises(AlreadyThere):
            guest.make_directory(f"{base}/{name}", 0o755)
        with pytest.raises(AlreadyThere):
            guest.link(f"{base}/file", f"{base}/{name}")
    assert guest.read(f"{base}/file") == b"old"
    assert guest.status(f"{base}/target") is None


def test_pieces_of_any_size_arrive_whole(world: World) -> None:
    guest, base = world.guest, world.base
    data = os.urandom(CHUNK + 12345)
    guest.write(f"{base}/big", [data[:10], data[10:]])
    assert b"".join(chunks(guest, f"{base}/big")) == data
    assert guest.read_at(f"{base}/big", CHUNK - 5, 10) == data[CHUNK - 5 : CHUNK + 5]
    assert guest.read_at(f"{base}/big", len(data) - 3, 100) == data[-3:]
    assert guest.read_at(f"{base}/big", len(data) + 3, 100) == b""
    assert guest.read_at(f"{base}/big", 0, 0) == b""
    guest.copy(f"{base}/big", f"{base}/copy")
    guest.append(f"{base}/copy", b"tail")
    assert guest.read(f"{base}/copy") == data + b"tail"
    guest.write(f"{base}/empty", [])
    guest.copy(f"{base}/empty", f"{base}/empty copy")
    assert guest.read(f"{base}/empty copy") == b""


def test_what_is_no_file_is_not_read(world: World) -> None:
    guest, base = world.guest, world.base
    world.fifo(f"{base}/fifo")
    guest.write(f"{base}/file", [b"12345"])
    for path in (base, f"{base}/fifo"):
        with pytest.raises(NotAFile):
            guest.read(path)
        with pytest.raises(NotAFile):
            guest.read_at(path, 0, 1)
        with pytest.raises(NotAFile):
            guest.append(path, b"x")
    for missing in (f"{base}/missing", f"{base}/file/below"):
        assert guest.status(missing) is None
        assert guest.names(missing) == ()
        with pytest.raises(FileMissing):
            guest.read(missing)
        with pytest.raises(FileMissing):
            guest.attributes(missing)
    with pytest.raises(FileTooLarge):
        guest.read(f"{base}/file", 4)
    assert guest.read(f"{base}/file", 5) == b"12345"
    status = guest.status(f"{base}/fifo")
    assert status is not None
    assert status.kind is Kind.OTHER
    assert guest.names(f"{base}/file") == ()


def test_links_are_resolved_inside(world: World) -> None:
    guest, base = world.guest, world.base
    guest.make_directory(f"{base}/real", 0o755)
    guest.write(f"{base}/real/file", [b"inside"])
    world.symlink(f"{base}/absolute", f"{base}/real")
    world.symlink(f"{base}/relative", "absolute/file")
    world.symlink(f"{base}/above", f"../../../../../..{base}/real/file")
    world.symlink(f"{base}/dangling", "/nowhere/at/all")
    world.symlink(f"{base}/loop", "loop")
    for name in ("absolute/file", "relative", "above", "absolute/../real/./file", "//absolute//file"):
        assert guest.resolve(f"{base}/{name}") == f"{base}/real/file", name
        assert guest.read(f"{base}/{name}") == b"inside"
    for name in ("dangling", "loop", "real/file/", "relative/x", "missing/../real"):
        assert guest.resolve(f"{base}/{name}") is None, name
        assert guest.status(f"{base}/{name}") is None, name
    assert guest.resolve("/") == "/"
    assert guest.resolve("/..") == "/"
    assert guest.link_target(f"{base}/above") == f"../../../../../..{base}/real/file"
    status = guest.link_status(f"{base}/dangling")
    assert status is not None
    assert status.kind is Kind.SYMLINK
    with pytest.raises(NotASymlink):
        guest.link_target(f"{base}/real")
    with pytest.raises(GuestIOError):
        guest.link_target(f"{base}/missing")


def test_more_links_than_a_path_may_have_lead_nowhere(world: World) -> None:
    guest, base = world.guest, world.base
    guest.write(f"{base}/0", [b"end"])
    for number in range(1, 42):
        world.symlink(f"{base}/{number}", str(number - 1))
    assert guest.read(f"{base}/40") == b"end"
    assert guest.resolve(f"{base}/40") == f"{base}/0"
    assert guest.status(f"{base}/41") is None
    assert guest.resolve(f"{base}/41") is None


@pytest.mark.parametrize("path", ["", "etc/fstab", "/etc\0/fstab", "/\ud800"])
def test_paths_that_cannot_be_are_refused(world: World, path: str) -> None:
    for ask in (world.guest.status, world.guest.read, world.guest.attributes, world.guest.remove):
        with pytest.raises(NameNotSupported):
            ask(path)


@pytest.mark.parametrize("path", ["/", "/t/", "/t/..", "/t/."])
def test_names_that_cannot_be_removed_are_refused(world: World, path: str) -> None:
    for change in (world.guest.remove, world.guest.remove_directory):
        with pytest.raises(GuestIOError):
            change(path)
    with pytest.raises(GuestIOError):
        world.guest.write(path, [b""])


def test_names_that_are_not_utf_8(world: World) -> None:
    world.guest.write(f"{world.base}/é", [b"x"])
    world.byte_name(world.base, b"bad\xffname")
    assert world.guest.names(world.base) == ("bad\udcffname", "é")
    path = f"{world.base}/bad\udcffname"
    if world.has_byte_names:
        assert world.guest.read(path) == b"x"
        assert world.guest.resolve(path) == path
    else:
        with pytest.raises(NameNotSupported) as caught:
            world.guest.read(path)
        assert "--root" in caught.value.hint


def test_attributes_are_given_exactly(world: World) -> None:
    guest, path = world.guest, f"{world.base}/file"
    guest.write(path, [b"x"])
    wanted = Attributes(
        uid=1234,
        gid=70_000,
        mode=0o6755,
        atime_ns=-5_000_000_000 + 7,
        mtime_ns=1_234_567_890_123_456_789,
        xattrs=(("security.selinux", b"system_u:object_r:etc_t:s0\0"), ("user.note", "é".encode())),
    )
    guest.set_attributes(path, wanted)
    found = guest.attributes(path)
    assert (found.uid, found.gid, found.mode, found.mtime_ns) == (1234, 70_000, 0o6755, wanted.mtime_ns)
    assert found.atime_ns == wanted.atime_ns
    assert found.xattrs == wanted.xattrs
    fewer = Attributes(uid=0, gid=0, mode=0o4711, atime_ns=0, mtime_ns=0, xattrs=(("user.note", b"2"),))
    guest.set_attributes(path, fewer)
    assert guest.attributes(path) == fewer


def test_acl_capability_and_label_are_copied(world: World) -> None:
    guest, base = world.guest, world.base
    guest.write(f"{base}/from", [b"x"])
    label = ("security.selinux", b"system_u:object_r:etc_t:s0\0")
    guest.set_attributes(f"{base}/from", Attributes(5, 6, 0o644, 1, 2_000_000_003, (label,)))
    world.acl_and_capability(f"{base}/from")
    guest.write(f"{base}/to", [b"y"])
    guest.set_attributes(f"{base}/to", Attributes(0, 0, 0o600, 0, 0, (("user.extra", b"goes"),)))
    wanted = guest.attributes(f"{base}/from")
    assert dict(wanted.xattrs) == {
        "security.capability": CAPABILITY,
        "security.selinux": label[1],
        "system.posix_acl_access": ACL,
    }
    guest.copy_attributes(f"{base}/from", f"{base}/to")
    found = guest.attributes(f"{base}/to")
    assert found == wanted
    assert (found.mode, found.uid) == (0o674, 5)


def test_attributes_of_a_link_or_a_fifo_are_left_alone(world: World) -> None:
    guest, base = world.guest, world.base
    guest.write(f"{base}/file", [b""])
    world.symlink(f"{base}/link", "file")
    world.fifo(f"{base}/fifo")
    before = guest.attributes(f"{base}/file")
    for name in ("link", "fifo"):
        with pytest.raises(NotAFile):
            guest.set_attributes(f"{base}/{name}", Attributes(1, 1, 0o777, 0, 0))
    assert guest.attributes(f"{base}/file") == before


def test_links_and_renames(world: World) -> None:
    guest, base = world.guest, world.base
    guest.write(f"{base}/a", [b"a"])
    assert guest.link(f"{base}/a", f"{base}/b")
    one, other = guest.status(f"{base}/a"), guest.status(f"{base}/b")
    assert one is not None
    assert other is not None
    assert (one.device, one.inode, one.links) == (other.device, other.inode, 2)
    guest.rename(f"{base}/a", f"{base}/b")  # rename(2): two names of one inode both stay
    assert guest.names(base) == ("a", "b")
    guest.write(f"{base}/c", [b"c"])
    guest.rename(f"{base}/c", f"{base}/b")
    assert (guest.read(f"{base}/a"), guest.read(f"{base}/b")) == (b"a", b"c")
    with pytest.raises(FileMissing):
        guest.rename(f"{base}/c", f"{base}/d")
    with pytest.raises(FileMissing):
        guest.link(f"{base}/c", f"{base}/d")
    with pytest.raises(FileMissing):
        guest.remove(f"{base}/c")


def test_the_last_component_is_not_followed(world: World) -> None:
    guest, base = world.guest, world.base
    guest.write(f"{base}/target", [b"target"])
    world.symlink(f"{base}/one", "target")
    world.symlink(f"{base}/two", "target")
    guest.write(f"{base}/new", [b"new"])
    guest.rename(f"{base}/new", f"{base}/one")
    guest.remove(f"{base}/two")
    assert guest.names(base) == ("one", "target")
    assert guest.read(f"{base}/target") == b"target"
    assert guest.read(f"{base}/one") == b"new"


def test_directories(world: World) -> None:
    guest, base = world.guest, world.base
    guest.make_directory(f"{base}/d", 0o1777)
    status = guest.status(f"{base}/d")
    assert status is not None
    assert (status.kind, status.mode) == (Kind.DIRECTORY, 0o1777)
    with pytest.raises(FileMissing):
        guest.make_directory(f"{base}/x/y", 0o755)
    guest.write(f"{base}/d/file", [b""])
    with pytest.raises(AlreadyThere):
        guest.remove_directory(f"{base}/d")
    with pytest.raises(GuestIOError):
        guest.remove(f"{base}/d")
    guest.remove(f"{base}/d/file")
    guest.remove_directory(f"{base}/d")
    assert guest.status(f"{base}/d") is None
    with pytest.raises(FileMissing):
        guest.remove_directory(f"{base}/d")


@pytest.mark.parametrize("letters", ["i", "a"])
def test_protected_files_refuse_until_it_is_lifted(world: World, letters: str) -> None:
    guest, base = world.guest, world.base
    guest.write(f"{base}/file", [b"x"])
    guest.write(f"{base}/other", [b"y"])
    assert guest.protection(f"{base}/file") == ""
    guest.restore_protection(f"{base}/file", letters)
    assert guest.protection(f"{base}/file") == letters
    with pytest.raises(Protected):
        guest.link(f"{base}/file", f"{base}/linked")
    with pytest.raises(Protected):
        guest.rename(f"{base}/other", f"{base}/file")
    with pytest.raises(Protected):
        guest.rename(f"{base}/file", f"{base}/elsewhere")
    with pytest.raises(Protected):
        guest.remove(f"{base}/file")
    with pytest.raises(Protected):
        guest.set_attributes(f"{base}/file", Attributes(1, 1, 0o600, 0, 0))
    assert guest.lift_protection(f"{base}/file") == letters
    assert guest.lift_protection(f"{base}/file") == ""
    guest.rename(f"{base}/other", f"{base}/file")


def test_protected_directories_refuse_until_it_is_lifted(world: World) -> None:
    guest, base = world.guest, world.base
    for letters in ("i", "a"):
        folder = f"{base}/{letters}"
        guest.make_directory(folder, 0o755)
        guest.write(f"{folder}/file", [b"x"])
        guest.restore_protection(folder, letters)
        if letters == "i":
            for attempt in (
                lambda: guest.write(f"{base}/i/new", [b""]),
                lambda: guest.link(f"{base}/i/file", f"{base}/i/n"),
            ):
                with pytest.raises(Protected):
                    attempt()
        with pytest.raises(Protected):
            guest.rename(f"{folder}/file", f"{folder}/renamed")
        with pytest.raises(Protected):
            guest.remove(f"{folder}/file")
        assert guest.lift_protection(folder) == letters
        guest.remove(f"{folder}/file")


def test_other_kinds_have_no_flags(world: World) -> None:
    world.fifo(f"{world.base}/fifo")
    assert world.guest.protection(f"{world.base}/fifo") == ""
    assert world.guest.lift_protection(f"{world.base}/fifo") == ""


def test_space_is_plausible(world: World) -> None:
    space = world.guest.space(world.base)
    assert 0 < space.free_bytes <= space.total_bytes
    assert space.block_size in {1024, 2048, 4096}
    assert not space.read_only
    assert world.guest.space("/").file_system == space.file_system
    with pytest.raises(FileMissing):
        world.guest.space(f"{world.base}/missing")


def test_apply_and_revert_change_only_what_is_planned_and_bring_every_byte_back(world: World) -> None:
    guest, base = world.guest, world.base
    guest.make_directory(f"{base}/etc", 0o755)
    for name, data in (("fstab", b"old"), ("initrd", os.urandom(CHUNK + 7)), ("rules", b"r"), ("fixed", b"f")):
        guest.write(f"{base}/etc/{name}", [data])
    guest.set_attributes(
        f"{base}/etc/fstab", Attributes(3, 4, 0o4751, 5_000_000_000, 6_000_000_007, (("user.x", b"1"),))
    )
    world.acl_and_capability(f"{base}/etc/fstab")
    guest.restore_protection(f"{base}/etc/fixed", "i")
    before = tree(guest, base)

    def change(name: str, after: Whole | Extended | None) -> Change:
        path = f"{base}/etc/{name}"
        there = guest.status(path)
        data = guest.read(path) if there else b""
        was = Before(size=len(data), sha256=hashlib.sha256(data).hexdigest()) if there else None
        return Change(path=path, rules=("r",), reason="t", before=was, after=after)

    changes = [
        change("fstab", Whole(data=b"new")),
        change("initrd", Extended(tail=b"tail", listing=())),
        change("rules", None),
        change("fixed", Whole(data=b"F")),
        change("new/file", Whole(data=b"made")),
    ]
    journal = apply(guest, changes, target="kvm", plan="p", folder=f"{base}/var/lib/guestfix/journal")
    assert journal is not None
    verify(guest, journal)
    assert guest.protection(f"{base}/etc/fixed") == "i"
    after = tree(guest, base)
    differing = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert {path.removeprefix(base) for path in differing} == {
        "/etc/fstab", "/etc/.fstab.guestfix-orig~", "/etc/initrd", "/etc/.initrd.guestfix-orig~",
        "/etc/rules", "/etc/.rules.guestfix-orig~", "/etc/fixed", "/etc/.fixed.guestfix-orig~",
        "/etc/new", "/etc/new/file", "/var", "/var/lib", "/var/lib/guestfix", "/var/lib/guestfix/journal",
        "/var/lib/guestfix/journal/0001.json",
    }  # fmt: skip
    assert guest.attributes(f"{base}/etc/.fstab.guestfix-orig~").mtime_ns == 6_000_000_007
    revert(guest, folder=f"{base}/var/lib/guestfix/journal")
    assert tree(guest, base) == before
    assert guest.protection(f"{base}/etc/fixed") == "i"
