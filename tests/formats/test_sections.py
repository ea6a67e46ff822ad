"""The questions: do files that look alike mean what their own reader makes of them, is an edit one line?"""

from __future__ import annotations

import pytest

from guestfix.formats.errors import CannotEdit, ValueNotWritable
from guestfix.formats.sections import parse_keyfile, parse_unit

# Shape of systemd.network(5), EXAMPLES, with its odd cases put together.
UNIT = rb"""; first
[Match]
Name=ens192 \
# between
  eth0

[Network]
DHCP = no
Address=192.0.2.5/24
Address=192.0.2.6/24
[Address]
Address=198.51.100.1/32
[Address]
Address=198.51.100.2/32
junk
"""


def test_systemd_joins_lines_over_comments_and_keeps_what_comes_twice() -> None:
    unit = parse_unit(UNIT)
    assert (unit.get("Match", "Name") or "").split() == ["ens192", "eth0"]
    assert [entry.value for entry in unit.entries("Network", "Address")] == ["192.0.2.5/24", "192.0.2.6/24"]
    assert [section.name for section in unit.sections].count("Address") == 2
    assert [(line.number, line.text) for line in unit.not_understood] == [(15, "junk")]
    assert unit.render() == UNIT


def test_a_keyfile_knows_no_continuation_and_no_semicolon_comment() -> None:
    keyfile = parse_keyfile(b"[ipv4]\ndns=192.0.2.1;\\\n;x=1\n#y=2\n[ipv4]\ndns=192.0.2.2;\n")
    assert keyfile.get("ipv4", "dns") == "192.0.2.2;"
    assert keyfile.get("ipv4", ";x") == "1"
    assert keyfile.get("ipv4", "#y") is None


def test_a_continued_entry_is_commented_out_on_every_line() -> None:
    unit = parse_unit(UNIT)
    [entry] = unit.entries("Match", "Name")
    after = unit.comment_out([entry.index]).render()
    assert after.splitlines()[2:5] == [b"#guestfix# Name=ens192 \\", b"#guestfix# # between", b"#guestfix#   eth0"]
    assert parse_unit(after).get("Match", "Name") is None
    assert after.splitlines()[5:] == UNIT.splitlines()[5:]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"[connection]\nautoconnect = true\n", b"[connection]\nautoconnect = false\n"),
        (
            b"[connection]\r\nid=x\r\n\r\n[ipv4]\r\n",
            b"[connection]\r\nid=x\r\nautoconnect=false\r\n\r\n[ipv4]\r\n",
        ),
        (b"[connection]\nid=x", b"[connection]\nid=x\nautoconnect=false\n"),
        (b"[ipv4]\nmethod=auto\n", b"[ipv4]\nmethod=auto\n\n[connection]\nautoconnect=false\n"),
        (b"", b"[connection]\nautoconnect=false\n"),
    ],
)
def test_one_value_changes_one_line(before: bytes, after: bytes) -> None:
    changed = parse_keyfile(before).with_value("connection", "autoconnect", "false")
    assert changed.render() == after
    assert changed.with_value("connection", "autoconnect", "false") is changed


def test_nothing_is_written_that_would_be_read_as_something_else() -> None:
    with pytest.raises(ValueNotWritable):
        parse_unit(b"").with_value("Match", "Name", "x\n[Network]")
    with pytest.raises(CannotEdit):
        parse_unit(b"[Match]\nName=a\\").with_value("Match", "MTU", "1")
