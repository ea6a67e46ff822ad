"""Is the text of a hive exact, readable and read back, whatever the hive holds?"""

from __future__ import annotations

from pathlib import Path

import pytest

from guestfix.registry import Hive, ValueType
from guestfix.registry.document import HiveDocument
from guestfix.registry.draft import Draft
from guestfix.registry.reg_text import RegTextInvalid, diff_lines, parse, tree_lines, value_line
from guestfix.registry.values import dword, multi_sz, qword, sz
from guestfix.registry.writer import write


@pytest.mark.parametrize(
    ("line", "name", "kind", "data"),
    [
        ('"a"=dword:0000000a', "a", ValueType.DWORD, dword(10)),
        ('"a"=qword:0000000000000001', "a", ValueType.QWORD, qword(1)),
        ('@="x"', "", ValueType.SZ, sz("x")),
        ('"q\\"uote\\\\"="C:\\\\Windows \\"x\\""', 'q"uote\\', ValueType.SZ, sz('C:\\Windows "x"')),
        ('"e"=str(2):"%SystemRoot%\\\\x"', "e", ValueType.EXPAND_SZ, sz("%SystemRoot%\\x")),
        ('"m"=str(7):"one","two, three"', "m", ValueType.MULTI_SZ, multi_sz(("one", "two, three"))),
        ('"m"=hex(7):61,00', "m", ValueType.MULTI_SZ, b"a\0"),
        ('"m"=str(7):', "m", ValueType.MULTI_SZ, multi_sz(())),
        ('"s"=hex(1):61,00', "s", ValueType.SZ, b"a\0"),
        ('"s"=hex(1):1b,00,00,00', "s", ValueType.SZ, sz("\x1b")),
        ('"b"=hex:00,ff', "b", ValueType.BINARY, b"\0\xff"),
        ('"b"=hex:', "b", ValueType.BINARY, b""),
        ('"n"=hex(0):', "n", ValueType.NONE, b""),
        ('"d"=hex(4):01', "d", ValueType.DWORD, b"\1"),
        ('"x"=hex(ffff0012):01', "x", 0xFFFF0012, b"\1"),
    ],
)
def test_a_line_says_all_of_a_value_and_is_read_back(line: str, name: str, kind: int, data: bytes) -> None:
    assert value_line(name, kind, data) == line
    [value] = parse(f"[K]\n{line}\n").children["K"].values.values()
    assert (value.name, value.type, value.data) == (name, kind, data)


def test_what_regedit_and_hivexregedit_write_is_read() -> None:
    root = parse(
        "Windows Registry Editor Version 5.00\r\n\r\n; note\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\r\n"
        '"Current"=dword:00000001\r\n"P"=str(1):"C:\\Windows"\r\n'
        '"E"=hex(2):25,00,\\\r\n  61,00,00,00\r\n[\\Below]\n'
    )
    select = root.key("Select")
    assert select is not None
    assert {name: value.meaning for name, value in select.values.items()} == {
        "CURRENT": 1,
        "P": "C:\\Windows",
        "E": "%a",
    }
    assert root.key("below") is not None


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["regipy/BCD", "dfwinreg-git/SYSTEM_history_e18f3d4"])
def test_a_real_hive_becomes_text_and_the_same_hive_again(corpora: Path, name: str) -> None:
    hive = Hive.of((corpora / "registry" / name).read_bytes())
    again = parse("\n".join(tree_lines(Draft.of(hive))))
    assert {key.path: dict(key.values) for key in again.walk()} == {
        key.path: dict(key.values) for key in Draft.of(hive).walk()
    }


@pytest.mark.corpora
def test_the_phony_guests_of_virt_v2v_become_hives(corpora: Path) -> None:
    folder = corpora / "phony-guests" / "virt-v2v"
    for path in folder.glob("*.reg"):
        hive = Hive.of(write(parse(path.read_text())))
        assert sum(1 for _ in hive.root.walk()) > 3, path.name
    software = Hive.of(write(parse((folder / "win2k25-software.reg").read_text())))
    key = software.key(r"Microsoft\Windows NT\CurrentVersion")
    assert key is not None
    assert (key.get("CurrentBuildNumber"), key.number("CurrentMajorVersionNumber")) == ("26100", 10)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('"a"=dword:1', "line 1: a value before the first [key]"),
        ('[k]\n"a"=dword:xyz', "line 2: this is no value of a .reg file"),
        ('[k]\n"a"dword:1', "line 2: no `=`"),
        ('[k]\n"a=dword:1', "line 2: no closing quote"),
        ("[k]\na=1", "line 2: no opening quote"),
        ('[k]\n"a"="x" y', "line 2: text after the closing quote"),
        ('[k]\n"a"=str(7):"x" "y"', "line 2: no comma"),
        ('[k]\n"a"=dword:1ffffffff', "line 2: this is no value"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, why: str) -> None:
    with pytest.raises(RegTextInvalid) as caught:
        parse(text)
    assert why in caught.value.message


def test_a_diff_shows_each_operation_with_what_was_there() -> None:
    hive = HiveDocument(Hive.of(write(parse('[A\\B]\n"v"="old"\n"w"=dword:1\n[A\\C\\D]\n"x"=hex:01\n'))))
    hive = hive.set_value("a\\b", "V", ValueType.SZ, sz("new")).delete_value("A\\B", "w").create_key("N")
    hive = hive.delete_key("A\\C").set_value("N", "", ValueType.DWORD, dword(1))
    assert [f"{mark}{line}" for mark, line in diff_lines(hive.operations, "HKEY_LOCAL_MACHINE\\SYSTEM")] == [
        " [HKEY_LOCAL_MACHINE\\SYSTEM\\A\\B]",
        '-"v"="old"',
        '+"v"="new"',
        '-"w"=dword:00000001',
        "+[HKEY_LOCAL_MACHINE\\SYSTEM\\N]",
        "-[HKEY_LOCAL_MACHINE\\SYSTEM\\A\\C]",
        "-[HKEY_LOCAL_MACHINE\\SYSTEM\\A\\C\\D]",
        '-"x"=hex:01',
        " [HKEY_LOCAL_MACHINE\\SYSTEM\\N]",
        "+@=dword:00000001",
    ]


def test_a_large_loss_is_cut() -> None:
    root = Draft("ROOT")
    for number in range(1000):
        root.create(f"K\\{number}")
    [operation] = HiveDocument(Hive.of(write(root))).delete_key("K").operations
    lines = [line for _, line in diff_lines([operation])]
    assert len(lines) == 201
    assert lines[-1] == "; ..."
