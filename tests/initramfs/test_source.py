"""The forward reader: any cutting into chunks must read the same."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix.initramfs.errors import CorruptImage, TooLarge
from guestfix.initramfs.source import Source


def test_zero_runs_end_at_the_first_other_byte_whatever_the_chunks() -> None:
    source = Source([b"\0\0", b"", b"\0x", b"\0"], limit=100, offset=7)
    assert source.skip_zeros() == 3
    assert source.offset == 10
    assert source.take(2) == b"x\0"
    assert source.at_end()


def test_peek_stays_and_give_back_goes_back() -> None:
    source = Source([b"ab", b"cd"], limit=100)
    assert source.peek(3) == b"abc"
    assert source.offset == 0
    assert source.take(3) == b"abc"
    source.give_back(b"bc")
    assert source.offset == 1
    assert source.take(3) == b"bcd"
    assert source.peek(1) == b""


@pytest.mark.parametrize("read", [lambda s: s.take(5), lambda s: s.skip(5)])
def test_too_few_bytes_name_the_place(read: object) -> None:
    assert callable(read)
    with pytest.raises(CorruptImage, match="1 bytes too early, at byte"):
        read(Source([b"ab", b"cd"], limit=100))


def test_end_inside_of_a_stream() -> None:
    with pytest.raises(CorruptImage, match="inside of compressed data"):
        Source([], limit=1).some(1)


def test_more_bytes_than_the_limit() -> None:
    source = Source(iter([b"abc", b"def"]), limit=5)
    source.skip(3)
    with pytest.raises(TooLarge, match="more than 5 bytes"):
        source.skip(1)


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=8), st.lists(st.integers(1, 9), max_size=20))
def test_chunks_do_not_matter(data: bytes, cuts: list[int], steps: list[int]) -> None:
    chunks = [
        data[start:end] for start, end in pairwise(sorted([0, *(min(cut, len(data)) for cut in cuts), len(data)]))
    ]
    source = Source(chunks, limit=60)
    read = b""
    for number, step in enumerate(steps):
        step = min(step, len(data) - len(read))
        if number % 3 == 0:
            read += source.take(step)
        elif number % 3 == 1:
            source.skip(step)
            read = data[: source.offset]
        else:
            assert source.peek(step) == data[len(read) : len(read) + step]
        assert source.offset == len(read)
        assert data.startswith(read)
