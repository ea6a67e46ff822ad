"""Does every hive that others wrote, whole or broken, give its keys or a coded refusal, in bounded work?"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from guestfix.errors import Refused
from guestfix.registry import Hive, Value, ValueType, control_sets
from guestfix.registry.errors import HiveDamaged, NotAHive
from guestfix.registry.names import bytes_of, folded, text_of
from guestfix.registry.source import PAGE


class Counted:
    """A source that counts what is asked of it, so that work is bounded by steps and not by a clock."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)
        self.steps = 0
        self.bytes = 0

    def read(self, offset: int, length: int) -> bytes:
        self.steps += 1
        self.bytes += length
        assert self.steps <= 1000 + self.size, "the reader does not come to an end"
        assert self.bytes <= 100_000 + 8 * self.size, "the reader reads the same bytes over and over"
        return self.data[offset : offset + length]


def walk(data: bytes) -> tuple[int, int]:
    hive = Hive(Counted(data))
    keys = values = 0
    for key in hive.root.walk():
        keys += 1
        values += len(key.values())
        assert len(key.security) >= 20
    return keys, values


def hives(corpora: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted((corpora / "registry").rglob("*")):
        if path.is_file():
            yield path.relative_to(corpora / "registry").as_posix(), path.read_bytes()


@pytest.fixture(scope="module")
def xp(corpora: Path) -> Hive:
    return Hive.of((corpora / "registry/dfwinreg-git/SYSTEM_history_e18f3d4").read_bytes())


# Of SYSTEM_2 and BCD, regipy counts the same (`test_second_reader`).
WHOLE = {
    "dfwinreg-git/SYSTEM_history_e18f3d4": (10269, 27556),
    "regipy/SYSTEM_2": (20015, 49779),
    "regipy/BCD": (132, 103),
    "hivex/special": (4, 3),
    "yarp/SlackHive": (5003, 0),
    "yarp/BigDataHive": (2, 2),
}


@pytest.mark.corpora
def test_every_hive_of_the_corpora_gives_its_keys_or_a_refusal(corpora: Path) -> None:
    refused: dict[str, str] = {}
    for name, data in hives(corpora):
        try:
            found = walk(data)
        except Refused as error:
            refused[name] = error.code
        else:
            assert WHOLE.get(name, found) == found, name
    assert refused.keys() & WHOLE.keys() == set()
    assert refused["yarp/BadSubkeyHive"] == "GF-HIVE-DAMAGED"
    assert refused["yarp/BadLogHive3/BadLogHive.LOG1"] == "GF-HIVE-NOT-A-HIVE"
    assert set(refused.values()) == {"GF-HIVE-DAMAGED", "GF-HIVE-NOT-A-HIVE"}


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["regipy/BCD", "hivex/special", "yarp/BigDataHive", "nt-hive/testhive"])
def test_a_hive_with_any_bytes_changed_gives_keys_or_a_refusal_in_bounded_work(corpora: Path, name: str) -> None:
    """Seeded, so that a failure comes again."""
    whole = (corpora / "registry" / name).read_bytes()
    used = [place for place in range(4096, len(whole)) if whole[place]]
    for seed in range(60):
        chance = random.Random(seed)
        data = bytearray(whole)
        for _ in range(chance.choice((1, 4, 64))):
            place = chance.choice(used)
            data[place] = chance.choice((0, 1, 0x20, 0x7F, 0x80, 0xFF, data[place] ^ 1 << chance.randrange(8)))
        try:
            walk(bytes(data))
        except Refused as error:
            assert error.code.startswith("GF-HIVE-")


@pytest.mark.corpora
def test_a_hive_cut_off_anywhere_is_refused_or_read(corpora: Path) -> None:
    whole = (corpora / "registry/nt-hive/testhive").read_bytes()
    for end in (0, 3, 4, 511, 512, 4096, 4100, 8192, 60000):
        with pytest.raises(Refused) as caught:
            walk(whole[:end])
        assert caught.value.code.startswith("GF-HIVE-")
    with pytest.raises(HiveDamaged):
        Hive.of(whole[:150000]).check_bins()


@pytest.mark.corpora
def test_reading_costs_the_same_for_each_key(corpora: Path) -> None:
    """5,003 keys below one parent (SlackHive): steps a key stay what they are in a small hive."""
    source = Counted((corpora / "registry/yarp/SlackHive").read_bytes())
    hive = Hive(source)
    parent = max(hive.root.walk(), key=lambda key: key.node.subkey_count)
    before = source.steps
    for child in parent.subkeys():
        assert parent.subkey(child.name.swapcase()) is child
    assert source.steps - before <= 2 * len(parent.subkeys())


@pytest.mark.corpora
def test_little_is_read_where_little_is_asked(corpora: Path) -> None:
    data = (corpora / "registry/regipy/SYSTEM_2").read_bytes()
    pages: list[int] = []

    def read_at(offset: int, length: int) -> bytes:
        pages.append(offset // PAGE)
        return data[offset : offset + length]

    hive = Hive.paged(len(data), read_at)
    assert hive.key(r"controlset001\services\DISK") is not None
    assert len(pages) == len(set(pages)), "no page is read twice"
    assert len(pages) < len(data) // PAGE / 2


@pytest.mark.corpora
def test_names_and_values_are_those_that_the_guest_wrote(xp: Hive) -> None:
    key = xp.key(r"CONTROLSET001\control\timezoneinformation")
    assert key is not None
    assert key.path == r"ControlSet001\Control\TimeZoneInformation"
    assert key.get("standardname") == "Pacific Standard Time"
    assert key.number("Bias") == 480
    assert key.get("StandardStart") == bytes.fromhex("00000b00010002000000000000000000")
    assert key.value("RealTimeIsUniversal") is None
    assert xp.key(r"ControlSet001\Control\No\Such") is None


@pytest.mark.corpora
def test_the_control_sets_are_those_that_exist(xp: Hive) -> None:
    sets = control_sets(xp)
    assert (sets.current, sets.default, sets.last_known_good) == (1, 1, 3)
    assert sets.names == ("ControlSet001", "ControlSet003")
    assert sets.in_use == "ControlSet001"


@pytest.mark.corpora
def test_names_outside_of_ascii_are_read_in_full_and_found_in_any_case(corpora: Path) -> None:
    hive = Hive.of((corpora / "registry/hivex/special").read_bytes())
    assert {key.name for key in hive.root.subkeys()} == {"abcd_äöüß", "weird™", "zero\0key"}
    assert hive.key("ABCD_ÄÖÜß") is not None
    key = hive.key("weird™")
    assert key is not None
    assert key.number("symbols $£₤₧€") == 0
    upcase = Hive.of((corpora / "registry/yarp/UpcaseHive").read_bytes())
    assert upcase.key("SS2") is None, "ß has no upper case in one character"


@pytest.mark.corpora
def test_big_data_is_put_together(corpora: Path) -> None:
    key = Hive.of((corpora / "registry/yarp/BigDataHive").read_bytes()).key("key_with_bigdata")
    assert key is not None
    assert key.get() == b"1" * 16345
    assert key.get("v") == b"2" * 81725


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("name", "clean"),
    [("regipy/SYSTEM_2", False), ("yarp/NewDirtyHive1/NewDirtyHive", False), ("regipy/BCD", True)],
)
def test_an_unclean_hive_says_so(corpora: Path, name: str, clean: bool) -> None:
    assert Hive.of((corpora / "registry" / name).read_bytes()).is_clean is clean


@pytest.mark.parametrize("data", [b"", b"regf", b"MZ" * 2048, b"regf" + bytes(4092), bytes(8192)])
def test_what_is_no_hive_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(NotAHive) as caught:
        Hive.of(data)
    assert caught.value.code == "GF-HIVE-NOT-A-HIVE"
    assert "hive" in caught.value.message


@pytest.mark.parametrize(
    ("kind", "data", "meaning"),
    [
        (ValueType.SZ, bytes_of("a\0"), "a"),
        (ValueType.SZ, bytes_of("no terminator"), "no terminator"),
        (ValueType.SZ, bytes_of("a\0rest\0"), "a"),
        (ValueType.SZ, b"a\0b", "a"),
        (ValueType.SZ, b"", ""),
        (ValueType.EXPAND_SZ, b"\x3d\xd8\0\0", "\ud83d"),
        (ValueType.EXPAND_SZ, bytes_of("\U0001f600\0"), "\U0001f600"),
        (ValueType.MULTI_SZ, bytes_of("a\0b\0\0"), ("a", "b")),
        (ValueType.MULTI_SZ, bytes_of("a\0b"), ("a", "b")),
        (ValueType.MULTI_SZ, bytes_of("a\0\0b\0\0\0"), ("a", "", "b", "")),
        (ValueType.MULTI_SZ, bytes_of("\0"), ()),
        (ValueType.MULTI_SZ, b"", ()),
        (ValueType.DWORD, b"\1\0\0\0", 1),
        (ValueType.DWORD, b"\1\0", b"\1\0"),
        (ValueType.DWORD_BIG_ENDIAN, b"\0\0\0\1", 1),
        (ValueType.QWORD, b"\0\0\0\0\1\0\0\0", 1 << 32),
        (ValueType.BINARY, b"\1\0\0\0", b"\1\0\0\0"),
        (ValueType.NONE, b"", b""),
        (0xFFFF0012, b"x", b"x"),
    ],
)
def test_a_value_means_what_windows_makes_of_it(kind: int, data: bytes, meaning: object) -> None:
    assert Value("n", kind, data).meaning == meaning


@pytest.mark.parametrize("text", ["", "a", "Привет", "\ud800", "\udc00\ud800x", "\U0001f600", "\0"])
def test_utf_16_comes_back_with_half_pairs_too(text: str) -> None:
    assert text_of(bytes_of(text)) == text


def test_case_is_compared_character_by_character() -> None:
    assert folded("Straße") != folded("STRASSE")
    assert folded("straße") == folded("STRAßE")
    assert folded("ÿ") == folded("Ÿ")
    assert folded("ключ") == folded("КЛЮЧ")
    assert folded("\u0131") != folded("I")
    assert folded("\u00b5") != folded("\u039c")
