"""boot.ini comes back as it was, and only what is asked for changes."""

from __future__ import annotations

import pytest

from guestfix.formats.boot_ini import BootIni, parse, without_switch

REAL = (
    b"[boot loader]\r\ntimeout=30\r\ndefault=multi(0)disk(0)rdisk(0)partition(1)\\WINDOWS\r\n"
    b"; a comment\r\n[operating systems]\r\n"
    b'multi(0)disk(0)rdisk(0)partition(1)\\WINDOWS="Windows \xc9dition /redirect" /fastdetect /Redirect=COM2\r\n'
    b'C:\\CMDCONS\\BOOTSECT.DAT="Recovery Console" /cmdcons\r\n'
)


@pytest.mark.parametrize(
    "data", [REAL, b"", b"timeout=3", b"[x\n\xff\0=\r[boot loader]", REAL.replace(b"\r\n", b"\n")]
)
def test_it_comes_back_as_it_was(data: bytes) -> None:
    assert parse(data).render() == data


def test_sections_and_keys_in_any_case() -> None:
    found = parse(REAL.replace(b"timeout", b"TimeOut ").replace(b"[boot loader]", b"[Boot Loader]"))
    assert found.get("timeout") == "30"
    assert [each.section for each in found.settings] == ["boot loader"] * 2 + ["operating systems"] * 2
    assert found.not_understood == ()


def test_switches_are_behind_the_description() -> None:
    value = parse(REAL).settings[2].value
    assert without_switch(value, "redirect") == value.removesuffix(" /Redirect=COM2")
    assert without_switch('"x" /redirectory', "redirect") == '"x" /redirectory'


def test_what_stands_in_no_section_is_told() -> None:
    assert [each.number for each in parse(b"timeout=3\r\n[boot loader]\r\nnothing\r\n").not_understood] == [1, 3]


def test_an_entry_is_changed_or_taken_out() -> None:
    document: BootIni = parse(REAL)
    timeout = document.settings[0]
    assert document.with_value(timeout, "5").render() == REAL.replace(b"timeout=30", b"timeout=5")
    assert document.without(timeout).render() == REAL.replace(b"timeout=30\r\n", b"")
