from __future__ import annotations

from collections.abc import Callable

from guestfix.journal import Entry, EntryKind, FileAttributes, Journal, Lifted, State, Version
from guestfix.originals import original_path
from guestfix.report.apply_text import apply_page
from guestfix.report.journal_text import journal_section
from guestfix.report.plain import plain

ATTRIBUTES = FileAttributes(uid=0, gid=0, mode=0o644, atime_ns=0, mtime_ns=0)


def version(size: int) -> Version:
    return Version(size=size, sha256="ab" * 32, attributes=ATTRIBUTES)


def entry(path: str, before: int | None, after: int | None) -> Entry:
    kind = (
        EntryKind.CREATED if before is None else EntryKind.REPLACED if after is not None else EntryKind.MOVED_ASIDE
    )
    return Entry(
        path=path,
        kind=kind,
        before=None if before is None else version(before),
        after=None if after is None else version(after),
        original=None if before is None else original_path(path),
        makes_original=before is not None,
    )


def journal(*entries: Entry, state: State = State.DONE) -> Journal:
    return Journal(
        number=1,
        state=state,
        guestfix="0.1.0",
        time="2026-11-24T14:40:00+00:00",
        target="ec2-nitro",
        plan="0123456789abcdef" * 4,
        entries=entries,
        directories=("/var/lib/guestfix",),
        lifted=(Lifted(path="/etc/fstab", letters="i"),),
    )


def test_what_was_done_and_how_to_take_it_back(golden: Callable[[str, str], None]) -> None:
    done = journal(
        entry("/etc/fstab", 96, 105),
        entry("/etc/initramfs-tools/hooks/guestfix", None, 1536),
        entry("/etc/udev/rules.d/70-persistent-net.rules", 212, None),
    )
    golden("apply.txt", plain(apply_page(done, ["web1.qcow2", "my data.qcow2"], verified=True)))


def test_nothing_to_do_is_one_sentence() -> None:
    assert plain(apply_page(None, ["web1.qcow2"], verified=True)) == "Nothing to change, nothing was written.\n"


def test_the_command_to_revert_can_be_pasted() -> None:
    text = plain(apply_page(journal(entry("/etc/fstab", 1, 2)), ["it's; rm -rf"], verified=True))
    assert text.splitlines()[-1] == """To take it back: guestfix revert 'it'"'"'s; rm -rf'"""


def test_a_run_that_has_not_ended_says_so() -> None:
    text = plain((journal_section(journal(entry("/etc/fstab", 1, 2), state=State.BEGUN)),))
    assert "  state     begun\n" in text
    assert "/etc/fstab had chattr flags i, lifted for now\n" in text


def test_nothing_is_called_verified_that_was_not_read_back() -> None:
    text = plain(apply_page(journal(entry("/etc/fstab", 1, 2)), ["x"], verified=False))
    assert "1 file changed; not read back.\n" in text
    assert "as planned" not in text


def test_paths_of_a_guest_are_escaped() -> None:
    text = plain(apply_page(journal(entry("/etc/\x1b[2J\u202e[red]", 1, 2)), ["x"], verified=True))
    assert "\x1b" not in text
    assert r"/etc/\x1b[2J\u202e[red]" in text
