"""Does an edited hive hold what was asked for, and everything else as it was, for three independent readers?"""

from __future__ import annotations

import importlib
import random
import struct
from pathlib import Path
from typing import Any

import pytest

from guestfix.actions.hive import seen
from guestfix.registry import Hive, Value, ValueType
from guestfix.registry.document import HiveDocument
from guestfix.registry.draft import Draft
from guestfix.registry.editor import edited
from guestfix.registry.errors import HiveEditImpossible, HiveUnclean
from guestfix.registry.operations import DeleteValue, SetValue, Stored
from guestfix.registry.reg_text import parse
from guestfix.registry.values import dword, multi_sz, sz
from guestfix.registry.writer import write

hivex: Any = importlib.import_module("hivex")  # the distribution's, without types
regipy: Any = importlib.import_module("regipy.registry")

CONTENT = dict[str, tuple[bytes, bytes, tuple[tuple[str, int, bytes], ...]]]


def content(data: bytes) -> CONTENT:
    """Every key: its security, its class, and its values, whose order means nothing."""
    return {
        key.path: (
            key.security,
            key.node.class_name,
            tuple(sorted((value.name, int(value.type), value.data) for value in key.values())),
        )
        for key in Hive.of(data).root.walk()
    }


def wanted(document: HiveDocument) -> CONTENT:
    return {
        key.path: (
            key.security,
            key.class_name,
            tuple(sorted((value.name, int(value.type), value.data) for value in key.values.values())),
        )
        for key in document.root.walk()
    }


def check_frame(data: bytes) -> None:
    """What Windows looks at before it takes a hive: bins, cells that fill them, references to key security."""
    hive = Hive.of(data)
    hive.check_bins()
    assert hive.is_clean
    place, end = 4096, 4096 + hive.base.bins_size
    used: set[int] = set()
    while place < end:
        size = struct.unpack_from("<I", data, place + 8)[0]
        cell = place + 32
        while cell < place + size:
            length = struct.unpack_from("<i", data, cell)[0]
            assert length
            assert not length % 8
            if length < 0:
                used.add(cell - 4096)
            cell += abs(length)
        assert cell == place + size, "cells fill their bin"
        place += size
    counts: dict[int, int] = {}
    for key in hive.root.walk():
        counts[key.node.security] = counts.get(key.node.security, 0) + 1
        assert key.node.offset in used
        names = [child.name for child in key.subkeys()]
        assert len({name.upper() for name in names}) == len(names)
    for security, count in counts.items():
        assert struct.unpack_from("<I", data, 4096 + security + 4 + 12)[0] == count
        after = struct.unpack_from("<I", data, 4096 + security + 4 + 4)[0]
        assert struct.unpack_from("<I", data, 4096 + after + 4 + 8)[0] == security, "the ring is whole"


def by_hivex(path: Path) -> dict[str, list[tuple[str, int, bytes]]]:
    hive = hivex.Hivex(str(path))
    found: dict[str, list[tuple[str, int, bytes]]] = {}
    waiting = [("", hive.root())]
    while waiting:
        name, node = waiting.pop()
        values = [(hive.value_key(value), *hive.value_value(value)) for value in hive.node_values(node)]
        found[name] = sorted(values)
        for child in hive.node_children(node):
            waiting.append((f"{name}\\{hive.node_name(child)}".lstrip("\\"), child))
    return found


def some_hive(keys: int = 30) -> bytes:
    root = parse('[A\\B\\C]\n"one"=dword:1\n"Two"="text"\n@=hex:00,01\n[A\\D]\n"big"="x"\n')
    for number in range(keys):
        key = root.create(f"Many\\key{number:05}")
        key.values["V"] = root.create("A\\D").values["BIG"]
    return write(root, sequence=7)


def test_a_new_hive_is_read_by_all_three_readers(tmp_path: Path) -> None:
    data = some_hive(1500)
    check_frame(data)
    path = tmp_path / "hive"
    path.write_bytes(data)
    ours = {key: list(values) for key, (_, _, values) in content(data).items()}
    assert by_hivex(path) == ours
    hive = regipy.RegistryHive(str(path))
    assert {each.path.lstrip("\\") for each in hive.recurse_subkeys(hive.root, as_json=False)} == ours.keys()


@pytest.mark.parametrize("keys", [0, 30, 1500])
def test_each_operation_does_what_it_says_and_nothing_else(tmp_path: Path, keys: int) -> None:
    data = some_hive(keys)
    document = (
        HiveDocument(Hive.of(data))
        .set_value("a\\b\\c", "ONE", ValueType.DWORD, dword(2))
        .set_value("A\\B\\C", "new", ValueType.MULTI_SZ, multi_sz(("x", "ü", "語")))
        .set_value("A\\B\\C", "", ValueType.SZ, sz("long enough not to be inline"))
        .set_value("A\\New\\Below", "n", ValueType.BINARY, b"9" * 40000)
        .delete_value("A\\B\\C", "two")
        .create_key("Zuletzt\\Ключ")
        .delete_key("A\\D")
    )
    result = edited(data, document.operations)
    check_frame(result)
    assert content(result) == wanted(document)
    path = tmp_path / "hive"
    path.write_bytes(result)
    ours = {key: list(values) for key, (_, _, values) in content(result).items()}
    assert by_hivex(path) == ours
    hive = Hive.of(result)
    key = hive.key("A\\B\\C")
    assert key is not None
    assert (key.get("one"), key.get("two"), key.get("new")) == (2, None, ("x", "ü", "語"))
    assert (hive.base.sequence1, hive.base.sequence2) == (8, 8)
    assert edited(data, document.operations) == result, "the same edit gives the same bytes"


@pytest.mark.exhaustive
@pytest.mark.corpora
@pytest.mark.parametrize("name", ["dfwinreg-git/SYSTEM_history_e18f3d4", "regipy/BCD", "EZ-Registry/NTUSER1.DAT"])
def test_real_hives_survive_hundreds_of_edits(corpora: Path, tmp_path: Path, name: str) -> None:
    """Seeded; the expectation comes from the tree in memory, the result is read by hivex too."""
    data = (corpora / "registry" / name).read_bytes()
    chance = random.Random(4)
    keys = [key.path for key in Hive.of(data).root.walk() if "\0" not in key.path and key.path]
    document = HiveDocument(Hive.of(data))
    plain: list[Any] = []
    for number in range(120):
        path = chance.choice(keys)
        match chance.randrange(5):
            case 0 if len(plain) < 4 and path.count("\\") > 2:
                document = document.delete_key(path)
                plain.append(path)
            case 1 | 0:
                document = document.create_key(f"{path}\\new {number}")
            case 2 if (key := document.key(path)) and key.values:
                document = document.delete_value(path, chance.choice(list(key.values.values())).name)
            case _:
                size = chance.choice((0, 3, 4, 5, 100, 16344, 16345, 50000))
                document = document.set_value(path, f"v{number % 7}", ValueType.BINARY, bytes([number]) * size)
    result = edited(data, document.operations)
    Hive.of(result).check_bins()
    assert content(result) == wanted(document)
    path_of = tmp_path / "hive"
    path_of.write_bytes(result)
    assert len(by_hivex(path_of)) == len(content(result))


@pytest.mark.corpora
def test_an_unclean_hive_is_not_edited(corpora: Path) -> None:
    with pytest.raises(HiveUnclean):
        edited((corpora / "registry/regipy/SYSTEM_2").read_bytes(), ())


@pytest.mark.parametrize(
    "operation",
    [
        DeleteValue(key="A\\B\\C", name="none", was=Stored(type=1, data=b"")),
        SetValue(key="A", name="a\0b", type=1, data=b"", was=None),
        SetValue(key="x" * 256, name="a", type=1, data=b"", was=None),
        SetValue(key="\\".join(["d"] * 600), name="a", type=1, data=b"", was=None),
    ],
)
def test_what_cannot_be_is_refused(operation: Any) -> None:
    with pytest.raises(HiveEditImpossible):
        edited(some_hive(), (operation,))
    with pytest.raises(HiveEditImpossible):
        Draft.of(Hive.of(some_hive())).carry_out((operation,))


def test_steps_that_take_each_other_back_leave_no_operation() -> None:
    document = HiveDocument(Hive.of(some_hive()))
    changed = document.set_value("A\\B\\C", "one", ValueType.DWORD, dword(5)).delete_value("A\\B\\C", "two")
    back = changed.set_value("A\\b\\c", "ONE", ValueType.DWORD, dword(1)).set_value(
        "A\\B\\C", "Two", ValueType.SZ, sz("text")
    )
    assert back == document
    assert document.create_key("N\\M").delete_key("N\\M") == document
    assert document.set_value("A\\B\\C", "one", ValueType.DWORD, dword(1)) is document
    assert document.delete_value("A", "none") is document
    assert document.delete_key("none") is document


def test_half_a_pair_in_a_name_is_read_and_never_put_into_a_plan() -> None:
    root = parse("[Plain]")
    bad = root.create("Bad\\\ud800")
    bad.values["V"] = root.create("Plain").values.setdefault("V", Value("v", ValueType.SZ, sz("\udc00")))
    document = HiveDocument(Hive.of(write(root)))
    assert document.key("bad\\\ud800") is not None
    with pytest.raises(HiveEditImpossible):
        document.set_value("Bad\\\ud800", "v", ValueType.DWORD, dword(1))
    [operation] = document.delete_key("Bad").operations
    assert "\\ud800" in "".join(operation.model_dump(mode="json")["was"])
    assert seen(document.root.children["PLAIN"], "v").text == "\\udc00"
