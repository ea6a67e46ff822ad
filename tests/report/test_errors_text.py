from __future__ import annotations

from guestfix.errors import Refused, UsageError
from guestfix.report.errors_text import error_page
from guestfix.report.plain import plain


class NotADisk(Refused):
    code = "GF-DISK-UNKNOWN"


def test_an_error_reads_like_advice() -> None:
    error = NotADisk("notes.txt is no disk image.", hint="Name a raw, qcow2, VMDK, VHD or VHDX file.")
    assert plain(error_page(error)) == (
        "error: notes.txt is no disk image. [GF-DISK-UNKNOWN]\n"
        "  next: Name a raw, qcow2, VMDK, VHD or VHDX file.\n"
    )  # fmt: skip


def test_an_error_without_advice_is_one_line() -> None:
    assert plain(error_page(UsageError("No image given."))) == "error: No image given. [GF-USAGE]\n"


def test_all_mistakes_of_a_file_keep_their_lines() -> None:
    error = UsageError(
        "Two mistakes:\na.yaml:3:5: no such name\na.yaml:9:1: no such verb", hint="Mend them.\nAgain."
    )
    assert plain(error_page(error)) == (
        "error: Two mistakes: [GF-USAGE]\n"
        "  a.yaml:3:5: no such name\n"
        "  a.yaml:9:1: no such verb\n"
        "  next: Mend them.\n"
        "        Again.\n"
    )


def test_a_message_that_was_not_escaped_is_escaped_here() -> None:
    assert plain(error_page(UsageError("[red]\x1b[2J\u202e"))) == "error: [red]\\x1b[2J\\u202e [GF-USAGE]\n"
