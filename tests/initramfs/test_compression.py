"""Each compression, against the tool that distributions use, and against input made to do harm."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random
import subprocess
from pathlib import Path

import pytest
import zstandard

from guestfix.initramfs.compression import Compression, detect, pack, unpack
from guestfix.initramfs.errors import CorruptImage, TooLarge, UnsupportedCompression
from guestfix.initramfs.source import MIB, Source

WINDOW = 64 * MIB
PACKED = [c for c in Compression if c not in {Compression.NONE, Compression.LZO}]
# How mkinitramfs and dracut call the tools.
TOOLS = {
    Compression.GZIP: ["gzip", "-n", "-c"],
    Compression.BZIP2: ["bzip2", "-c"],
    Compression.LZMA: ["xz", "--format=lzma", "-c"],
    Compression.XZ: ["xz", "--check=crc32", "--lzma2=dict=1MiB", "-c"],
    Compression.LZ4: ["lz4", "-9", "-l", "-c"],
    Compression.ZSTD: ["zstd", "-q", "-9", "-T0", "-c"],
}
UNPACK_TOOLS = {
    Compression.GZIP: ["gzip", "-dc"],
    Compression.BZIP2: ["bzip2", "-dc"],
    Compression.LZMA: ["xz", "--format=lzma", "-dc"],
    Compression.XZ: ["xz", "-dc"],
    Compression.LZ4: ["lz4", "-dc"],
    Compression.ZSTD: ["zstd", "-dc", "--memory=8MB"],
}


@pytest.fixture(params=PACKED)
def compression(request: pytest.FixtureRequest) -> Compression:
    return Compression(request.param)


@pytest.fixture
def content(compression: Compression) -> bytes:
    """9 MB where it matters, so that LZ4 needs two blocks and zstd more than its window."""
    size = 9 * MIB if compression in {Compression.LZ4, Compression.ZSTD} else MIB
    words = [random.Random(n).randbytes(40) for n in range(50)]
    choose = random.Random(1)
    return b"".join(choose.choice(words) for _ in range(size // 40))


def _unpacked(
    data: bytes, compression: Compression, *, window: int = WINDOW, step: int = 100_000
) -> tuple[bytes, int]:
    source = Source((data[at : at + step] for at in range(0, len(data), step)), limit=len(data))
    pieces = list(unpack(source, compression, window=window))
    assert max(map(len, pieces), default=0) <= 8 * MIB
    return b"".join(pieces), source.offset


def test_what_the_tool_packs_is_unpacked_to_the_last_byte_and_not_beyond(
    compression: Compression, content: bytes
) -> None:
    packed = subprocess.run(TOOLS[compression], input=content, capture_output=True, check=True).stdout
    assert detect(packed) is compression
    behind = b"\0\0\0\0" if compression is Compression.LZ4 else b"0707"
    assert _unpacked(packed + behind, compression) == (content, len(packed))


def test_what_we_pack_the_tool_unpacks(compression: Compression, content: bytes) -> None:
    packed = pack(content, compression)
    assert packed == pack(content, compression)
    done = subprocess.run(UNPACK_TOOLS[compression], input=packed, capture_output=True, check=True)
    assert done.stdout == content


@pytest.mark.parametrize("compression", [Compression.XZ], indirect=True)
def test_our_xz_is_what_the_kernel_can_read(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.xz"
    path.write_bytes(pack(content, Compression.XZ))
    listed = subprocess.run(
        ["xz", "--robot", "-lvv", str(path)], capture_output=True, text=True, check=True
    ).stdout
    assert "\tCRC32\t" in listed
    assert "--lzma2=dict=1MiB" in listed


@pytest.mark.parametrize("compression", [Compression.ZSTD], indirect=True)
def test_our_zstd_window_is_one_that_the_kernel_has(content: bytes) -> None:
    assert zstandard.get_frame_parameters(pack(content, Compression.ZSTD)).window_size <= 8 * MIB


@pytest.mark.parametrize("content", [b"", b"x"])
def test_next_to_nothing(compression: Compression, content: bytes) -> None:
    packed = pack(content, compression)
    assert _unpacked(packed, compression) == (content, len(packed))


def test_every_cut_is_an_error_with_a_code(compression: Compression) -> None:
    packed = pack(random.Random(5).randbytes(3000), compression)
    ends = {len(packed)}
    if compression is Compression.LZ4:
        ends.add(4)  # the magic alone is a whole, empty stream
    for cut in range(2, len(packed), 7):
        if cut not in ends:
            with pytest.raises(CorruptImage):
                _unpacked(packed[:cut], compression)


def test_flipped_bits_end_in_an_error_with_a_code_or_in_bytes(compression: Compression) -> None:
    packed = pack(random.Random(5).randbytes(300), compression)
    for at in range(len(packed)):
        for bit in (1, 0x10, 0x80):
            broken = bytearray(packed)
            broken[at] ^= bit
            try:
                _unpacked(bytes(broken), compression)
            except (CorruptImage, TooLarge):
                continue


def test_lz4_streams_end_at_the_next_magic_and_at_zeros() -> None:
    one = pack(b"one", Compression.LZ4)
    assert _unpacked(one + one, Compression.LZ4) == (b"one", len(one))
    assert _unpacked(one + bytes(3), Compression.LZ4) == (b"one", len(one))
    with pytest.raises(CorruptImage, match="impossible length"):
        _unpacked(one + b"070701", Compression.LZ4)
    with pytest.raises(CorruptImage, match="ends inside"):
        _unpacked(one + b"\0\1", Compression.LZ4)


def test_one_gzip_member_is_one_stream() -> None:
    assert _unpacked(gzip.compress(b"a") + gzip.compress(b"b"), Compression.GZIP)[0] == b"a"


@pytest.mark.exhaustive
def test_bombs_come_out_in_small_pieces() -> None:
    zeros = bytes(64 * MIB)
    packed = {
        Compression.GZIP: gzip.compress(zeros, 1),
        Compression.BZIP2: bz2.compress(zeros),
        Compression.XZ: lzma.compress(zeros, preset=0),
        Compression.ZSTD: zstandard.ZstdCompressor().compress(zeros),
    }
    for compression, data in packed.items():
        sizes = [len(piece) for piece in unpack(Source([data], limit=len(data)), compression, window=WINDOW)]
        assert sum(sizes) == len(zeros)
        assert max(sizes) <= 2 * MIB, compression


@pytest.mark.exhaustive
def test_zstd_blocks_that_hold_nothing_do_not_pile_up() -> None:
    empty = bytes(3)
    frame = bytes.fromhex("28b52ffd0058") + empty * 500_000 + bytes.fromhex("010000")
    assert _unpacked(frame, Compression.ZSTD) == (b"", len(frame))


@pytest.mark.exhaustive
def test_a_dictionary_larger_than_allowed() -> None:
    data = random.Random(1).randbytes(4 * MIB)
    zstd = zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=True)
    ).compressobj()
    packed = zstd.compress(data) + zstd.flush()
    with pytest.raises(TooLarge, match="134217728 bytes of memory"):
        _unpacked(packed, Compression.ZSTD)
    single = zstandard.ZstdCompressor(level=3).compress(data)
    with pytest.raises(TooLarge):
        _unpacked(single, Compression.ZSTD, window=MIB)
    with pytest.raises(TooLarge, match="xz data"):
        _unpacked(lzma.compress(data, preset=9), Compression.XZ, window=MIB)
    with pytest.raises(TooLarge, match="lzma data"):
        _unpacked(lzma.compress(data, lzma.FORMAT_ALONE, preset=9), Compression.LZMA, window=MIB)


def test_lzo_is_known_by_name_and_refused() -> None:
    assert detect(bytes.fromhex("894c5a4f000d0a1a0a")) is Compression.LZO
    with pytest.raises(UnsupportedCompression, match="lzo") as caught:
        _unpacked(b"\x89LZO", Compression.LZO)
    assert caught.value.code == "GF-INITRAMFS-COMPRESSION"
    with pytest.raises(UnsupportedCompression):
        pack(b"", Compression.LZO)


def test_what_the_kernel_does_not_know() -> None:
    assert detect(b"070701") is Compression.NONE
    assert detect(b"\x04\x22\x4d\x18") is None  # the modern LZ4 frame
    assert detect(b"") is None


@pytest.mark.parametrize("size", [MIB - 1, MIB, MIB + 1, 3 * MIB])
@pytest.mark.parametrize("step", [1 << 22, 1000])
def test_what_follows_a_long_gzip_stream_in_the_same_chunk_is_given_back(size: int, step: int) -> None:
    first = gzip.compress(os.urandom(1000) + bytes(size - 1000))
    data, offset = _unpacked(first + gzip.compress(b"b") * 3, Compression.GZIP, step=step)
    assert (len(data), offset) == (size, len(first))
