"""The trie: exact bytes of small ones, any keys there and back, any bytes in."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guestfix.initramfs.errors import CorruptIndex, TooLarge
from guestfix.initramfs.kmod_trie import read_trie, write_trie

HEAD = bytes.fromhex("b007f45700020001")
KEYS = st.text(st.characters(min_codepoint=1, max_codepoint=127), min_size=1, max_size=8)
ITEMS = st.lists(st.tuples(KEYS, st.integers(0, 2**32 - 1), KEYS), max_size=30)


def test_nothing_is_a_root_without_fields() -> None:
    assert write_trie([]) == HEAD + bytes.fromhex("0000000c")
    assert read_trie(write_trie([])) == {}


def test_two_keys_that_part_to_the_byte() -> None:
    # depmod's own order: "on" has a value and children "c" and "e", the root an array from "o" to "o".
    assert write_trie([("one", 2, "b"), ("on", 1, "a")]) == HEAD + bytes.fromhex(
        "20000028"
        "00000001 00000002 6200"  # at 12, below "on" by "e": one value
        "6e00 6565 4000000c 00000001 00000001 6100"  # at 22, below the root by "o": prefix "n"
        "6f6f e0000016"  # at 40, the root
    )  # fmt: skip


def test_a_key_in_which_no_key_ends_gets_a_node() -> None:
    items = [("abc", 0, "1"), ("abd", 0, "2"), ("x", 0, "3")]
    assert read_trie(write_trie(items)) == {"abc": ((0, "1"),), "abd": ((0, "2"),), "x": ((0, "3"),)}


def test_equal_keys_are_sorted_by_priority_and_the_last_inserted_wins_a_tie() -> None:
    items = [("k", 5, "five"), ("k", 1, "first"), ("k", 1, "second"), ("k", 0, "zero")]
    assert read_trie(write_trie(items)) == {"k": ((0, "zero"), (1, "second"), (1, "first"), (5, "five"))}


def test_very_long_chains_do_not_recurse() -> None:
    items = [("a" * length, 0, "") for length in range(1, 4000)]
    assert len(read_trie(write_trie(items))) == 3999


@pytest.mark.parametrize(("key", "value"), [("é", ""), ("k", "é"), ("a\0", ""), ("k", "\0"), ("k" * 4097, "")])
def test_what_depmod_would_not_write(key: str, value: str) -> None:
    with pytest.raises(CorruptIndex):
        write_trie([(key, 0, value)])


def test_an_index_that_grows_too_large() -> None:
    with pytest.raises(TooLarge):
        write_trie((f"{number:03}", 0, "v" * (1 << 20)) for number in range(66))


@given(ITEMS)
def test_there_and_back(items: list[tuple[str, int, str]]) -> None:
    expected: dict[str, list[tuple[int, str]]] = {}
    for key, priority, value in items:
        expected.setdefault(key, []).insert(0, (priority, value))
    read = read_trie(write_trie(items))
    assert list(read) == sorted(expected)
    assert {key: list(values) for key, values in read.items()} == {
        key: sorted(values, key=lambda value: value[0]) for key, values in expected.items()
    }


@settings(max_examples=400)
@given(ITEMS, st.data())
def test_any_change_gives_keys_or_an_error_with_a_code(
    items: list[tuple[str, int, str]], data: st.DataObject
) -> None:
    broken = bytearray(write_trie(items))
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(8, len(broken) - 1))] = data.draw(st.integers(0, 255))
    with suppress(CorruptIndex):
        read_trie(bytes(broken)[: data.draw(st.integers(0, len(broken)))])


def test_a_loop_ends() -> None:
    with pytest.raises(CorruptIndex, match="loop"):
        read_trie(HEAD + bytes.fromhex("2000000c 6161 2000000c"))


def test_another_version() -> None:
    with pytest.raises(CorruptIndex, match="version"):
        read_trie(bytes.fromhex("b007f457 00030000 0000000c"))
