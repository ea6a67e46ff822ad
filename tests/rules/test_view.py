"""The staged view is the guest with the changes in place: the same answers as the guest itself afterwards."""

from __future__ import annotations

from guestfix.changes import Extended, Whole
from guestfix.guest.memory import MemoryGuest
from guestfix.guest.protocol import GuestReader, Kind, chunks
from guestfix.planning.view import Staged, StagedView

BEFORE = {"/etc/a": "old", "/etc/gone": "x", "/boot/image": "0123456789", "/etc/kept": "k"}
LINKS = {"/link": "/etc/a", "/lost": "/nowhere", "/dir": "/etc", "/to-gone": "/etc/gone"}
AFTER = {
    "/etc/a": "newer",
    "/boot/image": "0123456789tail",
    "/etc/kept": "k",
    "/etc/new/deep/file": "made",
}
PATHS = [
    "/",
    "/etc",
    "/etc/a",
    "/etc/gone",
    "/boot/image",
    "/etc/kept",
    "/etc/new",
    "/etc/new/deep",
    "/etc/new/deep/file",
    "/link",
    "/lost",
    "/dir/a",
    "/dir/gone",
    "/dir/new/deep/file",
    "/to-gone",
    "/etc/none",
    "/etc/a/below",
    "/none/x",
]


def view() -> StagedView:
    staged = StagedView(MemoryGuest(BEFORE, symlinks=LINKS))
    staged.stage("/etc/a", Staged(Whole(data=b"newer"), 0o644))
    staged.stage("/etc/gone", Staged(None, 0o644))
    staged.stage("/boot/image", Staged(Extended(tail=b"tail", listing=()), 0o644))
    staged.stage("/etc/new/deep/file", Staged(Whole(data=b"made"), 0o644))
    return staged


def answers(guest: GuestReader) -> dict[str, object]:
    found: dict[str, object] = {}
    for path in PATHS:
        status, link = guest.status(path), guest.link_status(path)
        found[path] = (
            guest.resolve(path),
            status and (status.kind, status.mode, status.kind is Kind.FILE and status.size),
            link and link.kind,
            guest.names(path),
            guest.read(path) if status and status.kind is Kind.FILE else None,
            guest.attributes(path).mode if status else None,
            guest.space(path).block_size if status else None,
        )
    return found


def test_the_view_answers_as_the_guest_will() -> None:
    assert answers(view()) == answers(MemoryGuest(AFTER, symlinks=LINKS))


def test_pieces_of_an_extended_file_cross_the_seam() -> None:
    whole = b"0123456789tail"
    for offset in range(16):
        for length in range(16):
            assert view().read_at("/boot/image", offset, length) == whole[offset : offset + length]
    assert b"".join(chunks(view(), "/boot/image", 3)) == whole


def test_what_is_staged_can_be_taken_back() -> None:
    staged = view()
    staged.stage("/etc/gone", None)
    assert staged.read("/etc/gone") == b"x"
