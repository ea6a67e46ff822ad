from __future__ import annotations

import json
from pathlib import Path

import pytest

from guestfix.formats.errors import TooLarge, ValueNotWritable
from guestfix.formats.grub_cfg import GrubCfg, parse

DEBIAN = rb"""
set default="${saved_entry}"
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
fi
serial --speed=115200 --unit=0
terminal_output serial console
function savedefault {
  saved_entry="${chosen}"
}
if [ x$feature_timeout_style = xy ] ; then
  set timeout_style=menu
  set timeout=5
else
  set timeout="5" # the same
fi
set timeout=${other}
menuentry 'Debian GNU/Linux' --class debian --class os $menuentry_id_option 'simple-1' {
	search --no-floppy --fs-uuid --set=root --hint-bios=hd0,msdos1  1111-aaaa
	linux	/vmlinuz-6.1 root=/dev/sda1 ro  quiet
	initrd	/ucode.img /initrd.img-6.1
}
submenu 'Advanced > options' --id=adv {
	menuentry "A \"title\", $x" {
		linux16 /vmlinuz-6.1
	}
	menuentry 'it'\''s; # {old}' --hotkey=o --users "" --unrestricted {
		linuxefi /vmlinuz-5 "root=LABEL=a b" ro; initrdefi /initrd-5
	}
}
if [ -f /x ]; then
menuentry 'Perhaps' { chainloader +1 }
fi
"""


@pytest.fixture
def debian() -> GrubCfg:
    return parse(DEBIAN)


def test_entries(debian: GrubCfg) -> None:
    assert [(each.path, each.title, each.id, each.is_submenu, each.conditional) for each in debian.entries] == [
        ("0", "Debian GNU/Linux", "simple-1", False, False),
        ("1", "Advanced > options", "adv", True, False),
        ("1>0", 'A "title", $x', 'A "title", $x', False, False),
        ("1>1", "it's; # {old}", "it's; # {old}", False, False),
        ("2", "Perhaps", "Perhaps", False, True),
    ]
    assert debian.entries[0].classes == ("debian", "os")
    assert [each.depth for each in debian.entries] == [0, 0, 1, 1, 0]
    assert debian.not_understood == ()


def test_kernels_and_images(debian: GrubCfg) -> None:
    assert [(each.line, each.kernel, each.command_line, each.arguments) for each in debian.linux] == [
        (20, "/vmlinuz-6.1", "root=/dev/sda1 ro  quiet", ("root=/dev/sda1", "ro", "quiet")),
        (25, "/vmlinuz-6.1", "", ()),
        (28, "/vmlinuz-5", '"root=LABEL=a b" ro', ("root=LABEL=a b", "ro")),
    ]
    assert debian.initrd_of(debian.entries[0]) == debian.initrds[0]
    assert debian.initrds[0].images == ("/ucode.img", "/initrd.img-6.1")
    assert debian.kernel_of(debian.entries[3]) == debian.linux[2]
    assert debian.kernel_of(debian.entries[1]) is None


def test_settings_and_the_rest(debian: GrubCfg) -> None:
    assert debian.values("timeout") == ("5", "5", "${other}")
    assert debian.values("default") == ("${saved_entry}", "${next_entry}")
    assert [(each.variable, each.by, each.value) for each in debian.searches] == [("root", "fs-uuid", "1111-aaaa")]
    assert debian.terminal == ((6, "serial --speed=115200 --unit=0"), (7, "terminal_output serial console"))
    assert not debian.has_blscfg
    assert parse(b"insmod blscfg\n  blscfg\n").has_blscfg


@pytest.mark.parametrize(
    ("default", "path"),
    [
        ("0", "0"),
        ("1>1", "1>1"),
        ("simple-1", "0"),
        ("Debian GNU/Linux", "0"),
        ("adv>0", "1>0"),
        ("Advanced >> options>it's; # {old}", "1>1"),
        ("adv", "1"),
        ("7", None),
        ("simple", None),
        ("${saved_entry}", None),
        ("", None),
        ("0>0", None),
    ],
)
def test_what_a_default_means(debian: GrubCfg, default: str, path: str | None) -> None:
    found = debian.resolve(default)
    assert (found.path if found else None) == path


def test_a_new_command_line_changes_its_span_only(debian: GrubCfg) -> None:
    after = debian.with_command_line(debian.linux[0], "root=UUID=1 ro  quiet")
    assert after.render() == DEBIAN.replace(b"root=/dev/sda1 ro", b"root=UUID=1 ro")
    assert after.with_command_line(after.linux[0], "root=UUID=1 ro  quiet") is after
    added = debian.with_command_line(debian.linux[1], "ro")
    assert added.render() == DEBIAN.replace(b"linux16 /vmlinuz-6.1\n", b"linux16 /vmlinuz-6.1 ro\n")


def test_all_command_lines_at_once(debian: GrubCfg) -> None:
    after = debian.with_command_lines(lambda linux: f"{linux.command_line} x".lstrip())
    assert [each.command_line for each in after.linux] == [
        "root=/dev/sda1 ro  quiet x",
        "x",
        '"root=LABEL=a b" ro x',
    ]
    assert after.initrds[1].images == ("/initrd-5",)


@pytest.mark.parametrize(
    "text", ["a; reboot", "a }", "a #b", "#b", "a\nb", "'a", 'a "b', "a \\", "a | b", "a && b", "{", "a > b"]
)
def test_a_command_line_cannot_leave_its_command(debian: GrubCfg, text: str) -> None:
    with pytest.raises(ValueNotWritable):
        debian.with_command_line(debian.linux[0], text)


@pytest.mark.parametrize("text", ["a 'b; c' \"d } e\" ${f} $g h\\;i j#k", ""])
def test_quoted_text_is_no_danger(debian: GrubCfg, text: str) -> None:
    assert debian.with_command_line(debian.linux[0], text).linux[0].command_line == text


def test_timeouts_that_are_numbers_are_bounded(debian: GrubCfg) -> None:
    after = debian.with_timeout_at_most(3)
    assert after.values("timeout") == ("3", "3", "${other}")
    assert b'set timeout="3" # the same' in after.render()
    assert debian.with_timeout_at_most(5) is debian


def test_a_menu_that_waits_for_ever_is_bounded_and_a_shorter_one_stays() -> None:
    document = parse(b"set timeout=-1\nset timeout=0\nset timeout=2\n")
    assert document.with_timeout_at_most(5).render() == b"set timeout=5\nset timeout=0\nset timeout=2\n"


def test_the_one_time_entry_survives_a_new_default(debian: GrubCfg) -> None:
    after = debian.with_default("1>0")
    assert after.values("default") == ("1>0", "${next_entry}")
    assert b'set default="1>0"\n' in after.render()
    assert after.with_default("1>0") is after


def test_kernelopts_of_red_hat(debian: GrubCfg) -> None:
    document = parse(b'if [ -z "${kernelopts}" ]; then\n  set kernelopts="root=/dev/sda1 ro "\nfi\n')
    after = document.with_value("kernelopts", 'root=UUID=1 a="b c" ')
    assert after.values("kernelopts") == ('root=UUID=1 a="b c" ',)
    assert debian.with_value("kernelopts", "x") is debian


def test_broken_scripts_are_read_as_far_as_they_go() -> None:
    document = parse(b"}\n} menuentry 'open {\nlinux /v a\n}\n")
    assert document.linux == ()
    unfinished = parse(b"menuentry x {\nlinux /v a")
    assert [each.arguments for each in unfinished.linux] == [("a",)]
    assert [each.number for each in unfinished.not_understood] == [1]


def test_words_that_only_look_like_entries() -> None:
    assert parse(b"echo menuentry {\n}\nmenuentry_x y {\n}\n").entries == ()


def test_blocks_without_end_are_refused() -> None:
    with pytest.raises(TooLarge):
        parse(b"menuentry x {\n" * 1000)
    with pytest.raises(TooLarge):
        parse(b"a\n" * 99_000 + b"a " * 200_000)


EXPECTED_BY_U_ROOT = [
    ("CentOS_7_x86_64_DVD_1810_legacy_install_sda1", "grub2/grub.cfg", 2),
    ("debian_9_install", "boot/grub/grub.cfg", 80),
    ("fedora_27_install", "EFI/BOOT/grub.cfg", 3),
]


@pytest.mark.corpora
@pytest.mark.parametrize(("name", "path", "count"), EXPECTED_BY_U_ROOT)
def test_u_roots_reader_finds_the_same_kernels(corpora: Path, name: str, path: str, count: int) -> None:
    folder = corpora / "grub/u-root/grub"
    document = parse((folder / name / path).read_bytes())
    ours = [
        (document.entries[each.entry].title, each.kernel, " ".join(each.arguments))
        for each in document.linux
        if each.entry is not None
    ]
    theirs = json.loads((folder / f"{name}.json").read_text())
    prefix = f"file:///testdata_new/{name}"
    expected = [(each["name"], each["kernel"]["url"].removeprefix(prefix), each["cmdline"]) for each in theirs]
    assert len(ours) == count
    assert sorted(ours) == sorted(expected)


@pytest.mark.corpora
def test_an_unquoted_backslash_is_an_escape_as_in_grubs_manual(corpora: Path) -> None:
    r"""u-root keeps the backslash of `LABEL=CentOS\x207`; we drop it from `arguments` and keep it in the text."""
    path = corpora / "grub/u-root/grub/CentOS_7_x86_64_DVD_1810/EFI/BOOT/grub.cfg"
    linux = parse(path.read_bytes()).linux[0]
    assert "LABEL=CentOS\\x207\\x20x86_64" in linux.command_line


@pytest.mark.corpora
def test_multiboot_entries_have_no_linux_line_and_blscfg_is_seen(corpora: Path) -> None:
    folder = corpora / "grub/u-root/grub"
    qubes = parse((folder / "qubes_3_2_boot/grub2/grub.cfg").read_bytes())
    assert (len(qubes.linux), len([each for each in qubes.entries if not each.is_submenu])) == (0, 13)
    centos = parse((folder / "CentOS_8_Stream_x86_64_blscfg_sda1/EFI/centos/grub.cfg").read_bytes())
    assert centos.has_blscfg
