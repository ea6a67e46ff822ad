"""crypttab, mdadm.conf and lvm.conf: what the lines mean, and what an edit leaves alone."""

from __future__ import annotations

import pytest

from guestfix.formats import crypttab, lvm_conf, mdadm_conf
from guestfix.formats.errors import NoSuchLine


def test_crypttab_keeps_its_spacing_when_a_device_changes() -> None:
    document = crypttab.parse(b"# c\n a\t/dev/sda2  none\tluks,discard  \nlonely\n")
    ((number, entry),) = document.entries
    assert (number, entry.name, entry.device, entry.key_file) == (2, "a", "/dev/sda2", "")
    assert entry.options == ("luks", "discard")
    edited = document.replace(2, entry.with_device("UUID=1"))
    assert edited.render() == b"# c\n a\tUUID=1  none\tluks,discard  \nlonely\n"
    assert [line.number for line in document.not_understood] == [3]
    with pytest.raises(NoSuchLine):
        document.replace(1, entry)


def test_mdadm_statements_go_on_over_lines_and_stop_at_comments() -> None:
    document = mdadm_conf.parse(
        b"ARR /dev/md0\n  UUID=1:2:3:4 # x\n#ARRAY /dev/md1 uuid=5\nARRAY <ignore> uuid=6\n"
    )
    assert document.arrays == (("/dev/md0", "1:2:3:4"), ("<ignore>", "6"))
    assert mdadm_conf.parse(b"DEV a\n\n b\nDEVICE c").device_lines == (((1, 3), ("a", "b")), ((4,), ("c",)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'devices {\nfilter = "r|x|"\n}', [("filter", 2, 2, ("r|x|",), True)]),
        (b'devices/global_filter=[\n"a|#{}|",\n"r|.*|"]\n', [("global_filter", 1, 3, ("a|#{}|", "r|.*|"), True)]),
        (b'devices { filter = ["a|s|"] }', [("filter", 1, 1, ("a|s|",), False)]),
        (b'other { filter = ["a|s|"]\n}\n#devices/filter=["r"]', []),
        (b'devices {\nfilter = [ "a', [("filter", 2, 2, ('"', "a"), True)]),
        (b"devices {\nfilter =", [("filter", 2, 2, (), True)]),
    ],
)
def test_filters_are_found_where_lvm_reads_them(text: bytes, expected: list[object]) -> None:
    found = lvm_conf.parse(text).filters
    assert [(each.name, each.first, each.last, each.patterns, each.whole_lines) for each in found] == expected
