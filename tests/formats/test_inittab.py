from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix.formats import inittab, securetty
from guestfix.formats.errors import NoSuchLine, TooLarge

TABLE = b"id:3:initdefault:\n# T0:23:respawn:/sbin/getty -L ttyS0\nS0:2:respawn:/bin/a:b c\nnot an entry\n"


def test_reading() -> None:
    table = inittab.parse(TABLE)
    assert [(each.number, each.id, each.action, each.words) for each in table.entries] == [
        (1, "id", "initdefault", ()),
        (3, "S0", "respawn", ("/bin/a:b", "c")),
    ]
    assert [each.number for each in table.not_understood] == [4]


def test_an_id_that_is_taken_is_not_used_again() -> None:
    table = inittab.parse(TABLE).with_entry("S0", "23", "respawn", "/sbin/getty")
    assert table.render() == TABLE + b"S0x:23:respawn:/sbin/getty\n"
    assert table.without(3).render().startswith(TABLE[: TABLE.index(b"S0:2")] + b"#guestfix# S0:2:respawn")
    with pytest.raises(NoSuchLine):
        table.without(2)


def test_securetty_has_one_terminal_a_line() -> None:
    listed = securetty.parse(b"# for root\ntty1 # the screen\n#ttyS0")
    assert listed.terminals == ("tty1",)
    assert listed.with_terminal("tty1") is listed
    assert listed.with_terminal("ttyS0").render() == b"# for root\ntty1 # the screen\n#ttyS0\nttyS0\n"


@given(data=st.one_of(st.binary(max_size=200), st.text(":#\n\r \tS0", max_size=60).map(str.encode)))
def test_any_bytes_come_back_and_nothing_crashes(data: bytes) -> None:
    table, listed = inittab.parse(data), securetty.parse(data)
    assert table.render() == listed.render() == data
    assert {each.number for each in table.entries}.isdisjoint(each.number for each in table.not_understood)
    assert all(listed.with_terminal(each) is listed for each in listed.terminals)


def test_a_file_of_ten_megabytes_is_refused() -> None:
    for parse in (inittab.parse, securetty.parse):
        with pytest.raises(TooLarge):
            parse(b"x" * (10 * 1024 * 1024))
