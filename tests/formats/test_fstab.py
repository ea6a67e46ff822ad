from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix.formats import fstab
from guestfix.formats.errors import NoSuchLine
from guestfix.formats.fstab_spec import SpecKind, spec_kind


def entry(text: str) -> fstab.Entry:
    ((_, only),) = fstab.parse(text.encode()).entries
    return only


@pytest.mark.parametrize("text", ["/dev/sda1", "/dev/sda1 /mnt", "  x\ty  "])
def test_fewer_than_three_fields_mount_nothing_and_are_reported(text: str) -> None:
    document = fstab.parse(f"# c\n{text}\n".encode())
    assert document.entries == ()
    assert [(each.number, each.text) for each in document.not_understood] == [(2, text)]


@pytest.mark.parametrize(
    ("text", "options", "freq", "passno"),
    [
        ("a / ext4", (), 0, 0),
        ("a / ext4 ro", ("ro",), 0, 0),
        ("a / ext4 ro,noatime 1", ("ro", "noatime"), 1, 0),
        ("a / ext4 ro 1 2", ("ro",), 1, 2),
        ("a / ext4 ro 1 2 # the root, and more words", ("ro",), 1, 2),
        ("a / ext4 defaults, noatime 0 0", ("defaults",), None, 0),
    ],
)
def test_missing_and_surplus_fields(text: str, options: tuple[str, ...], freq: int | None, passno: int) -> None:
    one = entry(text)
    assert (one.options, one.freq, one.passno, one.text) == (options, freq, passno, text)


def test_an_entry_with_a_bad_number_is_an_entry_and_reported() -> None:
    document = fstab.parse(b"/dev/sdb1 /data ext4 defaults, noatime 0 0\n")
    assert [number for number, _ in document.entries] == [1]
    assert [each.number for each in document.not_understood] == [1]


def test_a_no_break_space_does_not_divide_fields() -> None:
    assert fstab.parse("a\u00a0b c\u00a0d e\n".encode()).entries[0][1].file == "c\u00a0d"


def test_escapes_are_decoded_and_written_again() -> None:
    one = entry(r"LABEL=my\040disk /mnt/a\011b\134c\303\251 ext4")
    assert (one.tag, one.file) == (("LABEL", "my disk"), "/mnt/a\tb\\cé")
    assert one.with_spec("LABEL=other disk").text == r"LABEL=other\040disk /mnt/a\011b\134c\303\251 ext4"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_what_is_encoded_is_decoded(meaning: str) -> None:
    written = fstab.encode_field(meaning)
    assert fstab.decode_field(written) == meaning
    assert entry(f"{written} / ext4").spec == meaning


@pytest.mark.parametrize("written", ['UUID="1-a"', "UUID='1-a'", "UUID=1-a"])
def test_quotes_of_a_tag_are_taken_off(written: str) -> None:
    assert entry(f"{written} / ext4").tag == ("UUID", "1-a")


def test_a_new_source_keeps_spacing_and_the_rest() -> None:
    one = entry("\t/dev/sda1 \t /\text4   defaults\t0 1  # c")
    assert one.with_spec("UUID=1").text == "\tUUID=1 \t /\text4   defaults\t0 1  # c"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a / ext4 defaults 0 1", "a / ext4 defaults,nofail 0 1"),
        ("a / ext4", "a / ext4 nofail"),
        ("a / ext4 ro,", "a / ext4 ro,nofail"),
        ("a / ext4 ,", "a / ext4 nofail"),
        ("a / ext4 nofail", "a / ext4 nofail"),
        ("a / ext4 xnofail", "a / ext4 xnofail,nofail"),
        ('a / ext4 context="x,nofail" 0 0', 'a / ext4 context="x,nofail",nofail 0 0'),
    ],
)
def test_adding_an_option(before: str, after: str) -> None:
    once = entry(before).with_option("nofail")
    assert once.text == after
    assert once.with_option("nofail") is once


def test_several_options_at_once_add_only_what_is_missing() -> None:
    assert entry("a / ext4 ro,nofail").with_option("nofail,x-a=5").text == "a / ext4 ro,nofail,x-a=5"


@pytest.mark.parametrize(
    ("before", "after"),
    [("ro,discard,noatime", "ro,noatime"), ("discard", "defaults"), ("discard=x", "discard=x")],
)
def test_removing_an_option(before: str, after: str) -> None:
    assert entry(f"a / ext4\t{before} 0 0").without_option("discard").text == f"a / ext4\t{after} 0 0"


def test_disabling_is_recognised_and_done_once() -> None:
    before = b"# root\r\na / ext4\r\n\t.host:/ /mnt/hgfs vmhgfs defaults 0 0"
    document = fstab.parse(before)
    after = document.disable([3], "it names a service of the old platform")
    assert after.render() == (
        b"# root\r\na / ext4\r\n# guestfix: it names a service of the old platform\n"
        b"#guestfix# \t.host:/ /mnt/hgfs vmhgfs defaults 0 0"
    )
    assert after.disabled == ((4, "\t.host:/ /mnt/hgfs vmhgfs defaults 0 0"),)
    assert [each.file for _, each in fstab.parse(after.render()).entries] == ["/"]


@pytest.mark.parametrize("number", [0, -1, 1, 4])
def test_a_line_that_is_no_entry_cannot_be_edited(number: int) -> None:
    document = fstab.parse(b"# c\na / ext4\n\n")
    with pytest.raises(NoSuchLine) as caught:
        document.disable([number], "x")
    assert caught.value.code == "GF-FORMAT-NO-SUCH-LINE"


def test_replacing_one_entry_leaves_every_other_byte() -> None:
    document = fstab.parse(b"\xff # no utf-8\na / ext4 ro\nb\t/b xfs\n")
    number, one = document.entries[-1]
    assert (
        document.replace(number, one.with_spec("UUID=2")).render()
        == b"\xff # no utf-8\na / ext4 ro\nUUID=2\t/b xfs\n"
    )


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ("UUID=1", SpecKind.UUID),
        ("LABEL=a", SpecKind.LABEL),
        ("PARTUUID=1", SpecKind.PARTUUID),
        ("PARTLABEL=a", SpecKind.PARTLABEL),
        ("ID=wwn-1", SpecKind.ID),
        ("uuid=1", SpecKind.PSEUDO),
        ("/dev/disk/by-id/ata-X-part1", SpecKind.BY_ID),
        ("/dev/disk/by-path/pci-0000:00:07.1-ata-1", SpecKind.BY_PATH),
        ("/dev/disk/by-uuid/1", SpecKind.BY_UUID),
        ("/dev/disk/by-label/a", SpecKind.BY_LABEL),
        ("/dev/disk/by-partuuid/1", SpecKind.BY_PARTUUID),
        ("/dev/disk/by-partlabel/a", SpecKind.BY_PARTLABEL),
        ("/dev/disk/by-dname/x", SpecKind.DEVICE),
        ("/dev/mapper/vg-lv", SpecKind.MAPPER),
        ("/dev/vg/lv", SpecKind.LVM),
        ("/dev/md/0", SpecKind.DEVICE),
        ("/dev/cciss/c0d0p1", SpecKind.DEVICE),
        ("/dev/nvme0n1p1", SpecKind.DEVICE),
        ("/dev/", SpecKind.DEVICE),
        ("nas:/export", SpecKind.NETWORK_HOST),
        ("[fe80::1]:/export", SpecKind.NETWORK_HOST),
        (".host:/share", SpecKind.NETWORK_HOST),
        ("sshfs#jon@10.0.0.2:/home", SpecKind.NETWORK_HOST),
        ("//nas/share", SpecKind.NETWORK_SHARE),
        ("/swapfile", SpecKind.PATH),
        ("rpool/ROOT/debian", SpecKind.PATH),
        ("none", SpecKind.PSEUDO),
        ("", SpecKind.PSEUDO),
    ],
)
def test_kinds(spec: str, kind: SpecKind) -> None:
    assert spec_kind(spec) is kind


@pytest.mark.corpora
def test_short_lines_are_entries_though_leapp_calls_the_file_invalid(corpora: Path) -> None:
    document = fstab.parse((corpora / "fstab/leapp/invalid_fstab").read_bytes())
    assert [(one.file, one.options) for _, one in document.entries] == [("/", ("defaults",)), ("/boot", ())]
    assert document.not_understood == ()


@pytest.mark.corpora
def test_every_entry_of_the_systemd_generators_test(corpora: Path) -> None:
    document = fstab.parse((corpora / "fstab/systemd-fstab-generator/test-18-options.fstab.input").read_bytes())
    assert [one.spec for _, one in document.entries] == [f"/dev/sdx{n}" for n in range(1, 17)]
    assert document.entries[9][1].options == ("x-systemd.automount", "nofail")
