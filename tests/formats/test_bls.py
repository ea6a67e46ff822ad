from __future__ import annotations

from pathlib import Path

import pytest

from guestfix.formats.bls import parse
from guestfix.formats.errors import ValueNotWritable

ENTRY = b"# c\ntitle\tRed Hat \noptions  root=/dev/sda1 ro\ninitrd /a\ninitrd /b\noptions $tuned_params \nbroken\n"


def test_reading() -> None:
    entry = parse(ENTRY)
    assert (entry.get("title"), entry.values("initrd")) == ("Red Hat", ("/a", "/b"))
    assert entry.options == "root=/dev/sda1 ro $tuned_params"
    assert entry.get("linux") is None
    assert [(each.number, each.text) for each in entry.not_understood] == [(7, "broken")]


def test_the_command_line_is_written_to_its_first_line() -> None:
    once = parse(ENTRY).with_options("root=UUID=1 $tuned_params")
    assert once.render() == (
        b"# c\ntitle\tRed Hat \noptions  root=UUID=1 $tuned_params\ninitrd /a\ninitrd /b\nbroken\n"
    )
    assert once.with_options("root=UUID=1 $tuned_params") is once


def test_an_entry_without_options_gets_some() -> None:
    assert parse(b"title x").with_options("ro").render() == b"title x\noptions ro\n"


def test_two_lines_are_refused() -> None:
    with pytest.raises(ValueNotWritable):
        parse(ENTRY).with_options("a\nlinux /evil")


@pytest.mark.corpora
def test_fedoras_rescue_entry(corpora: Path) -> None:
    folder = corpora / "grub/u-root/bls/fedora_32/loader/entries"
    entry = parse((folder / "de8380606ce44a2dabad127eb049acbe-0-rescue.conf").read_bytes())
    assert entry.get("linux") == "/de8380606ce44a2dabad127eb049acbe/0_rescue/linux"
    assert entry.options.endswith("console=ttyS0 rd.auto=1")
    assert entry.not_understood == ()
