"""Whole images: segments, roles, what follows what, and bytes made to do harm."""

from __future__ import annotations

import gzip
import lzma
import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from guestfix.errors import Refused
from guestfix.initramfs import Compression, Generator, Initramfs, Limits, Role, describe
from guestfix.initramfs.compression import pack
from guestfix.initramfs.errors import CorruptImage, TooLarge, UnsupportedCompression

Archive = Callable[..., bytes]
VERSION = "6.1.0-test"
PREFIX = f"usr/lib/modules/{VERSION}"
MICROCODE = {"early_cpio": b"1\n", "kernel/x86/microcode/GenuineIntel.bin": b"\1" * 4000}
SMALL = Limits(unpacked=1 << 20, members=100, kept_body=1000, kept_bodies=2000, window=8 << 20)
OURS = (CorruptImage, TooLarge, UnsupportedCompression)
PACKED = [c for c in Compression if c is not Compression.LZO]


def _describe(data: bytes, *, limits: Limits | None = None) -> Initramfs:
    return describe([data], limits=limits)


@pytest.mark.parametrize("compression", PACKED)
def test_microcode_in_front_and_a_main_segment(
    compression: Compression, archive: Archive, small_tree: dict[str, bytes | str | None]
) -> None:
    early, main = archive(MICROCODE), archive(small_tree)
    packed = pack(main, compression)
    image = describe([early, bytes(512), packed[:100], packed[100:]])
    first, second = image.segments
    assert (first.offset, first.length, first.padding) == (0, len(early), 512)
    assert (first.role, first.compression, first.entries) == (Role.EARLY, Compression.NONE, 2)
    assert (second.offset, second.length, second.padding) == (len(early) + 512, len(packed), 0)
    assert (second.role, second.compression) == (Role.MAIN, compression)
    assert (second.entries, second.unpacked) == (len(small_tree), len(main))
    assert image.main is second
    assert image.size == len(early) + 512 + len(packed)
    assert image.self_delimiting is (compression is not Compression.LZ4)
    assert image.generator is Generator.INITRAMFS_TOOLS
    assert image.kernel_versions == (VERSION,)
    assert image.modules_directories == {VERSION: PREFIX}
    assert image.modules(VERSION) == ("kernel/fs/ext4.ko",)
    assert image.modules("other") == ()
    assert image.has_kmod_index(VERSION)
    assert not image.has_kmod_index("other")
    assert image.kept[f"{PREFIX}/modules.dep"] == b"kernel/fs/ext4.ko:\n"
    assert image.entries["lib"].target == "usr/lib"
    assert image.entries["early_cpio"].segment == 0
    assert image.resolve("lib/modules") == "usr/lib/modules"


def test_ubuntu_has_several_segments_in_front(archive: Archive) -> None:
    # Ubuntu 24.04: two of microcode, one of modules and firmware that are compressed already, then the main one.
    image = _describe(
        archive({"kernel/x86/microcode/AuthenticAMD.bin": b"1"})
        + archive({"kernel/x86/microcode/GenuineIntel.bin": b"2"})
        + archive({f"{PREFIX}/kernel/fs/ext4.ko.zst": b"3"})
        + pack(archive({"init": b"", "usr/bin/sh": b""}), Compression.ZSTD)
        + pack(archive({"etc/added": b""}), Compression.ZSTD)
    )
    assert [segment.role for segment in image.segments] == [Role.EARLY] * 3 + [Role.MAIN, Role.EXTRA]
    assert image.modules(VERSION) == ("kernel/fs/ext4.ko.zst",)


def test_an_image_that_is_not_compressed_at_all(archive: Archive) -> None:
    image = _describe(archive(MICROCODE) + archive({"init": b""}) + bytes(3) + b"\0" + archive({"late": b""}))
    assert [segment.role for segment in image.segments] == [Role.EARLY, Role.MAIN, Role.EXTRA]
    assert image.segments[1].padding == 4


def test_archives_of_one_stream_are_one_segment(archive: Archive) -> None:
    image = _describe(gzip.compress(archive({"a": b""}) + bytes(512) + archive({"b": b""}) + bytes(8)))
    assert len(image.segments) == 1
    assert image.segments[0].entries == 2


def test_lz4_streams_side_by_side_are_two_segments(archive: Archive) -> None:
    data = pack(archive({"init": b"1"}), Compression.LZ4) + pack(archive({"init": b"22"}), Compression.LZ4)
    image = _describe(data)
    assert [segment.compression for segment in image.segments] == [Compression.LZ4] * 2
    assert image.entries["init"].size == 2


def test_zeros_behind_everything_belong_to_the_last_segment(archive: Archive) -> None:
    image = _describe(pack(archive({"init": b""}), Compression.XZ) + bytes(700))
    assert image.segments[0].padding == 700
    assert not image.has_kmod_index(VERSION)


def test_reading_on_is_as_reading_whole(archive: Archive, small_tree: dict[str, bytes | str | None]) -> None:
    first = archive(MICROCODE) + gzip.compress(archive(small_tree)) + b"\0"
    second = b"\0" * (-len(first) % 4) + archive(
        {"lib/modules": None, f"lib/modules/{VERSION}/modules.dep": b"new"}
    )
    assert describe([second], after=_describe(first)) == _describe(first + second)


def test_kernels_by_directory_or_by_file(archive: Archive) -> None:
    image = _describe(
        archive({"lib/modules/1": None, "lib/modules/2/kernel/a.ko": b"", "lib/modules/x": b"", "init": b""})
    )
    assert image.modules_directories == {"1": "lib/modules/1", "2": "lib/modules/2"}


@pytest.mark.parametrize(
    ("data", "error", "what"),
    [
        (b"", CorruptImage, "is empty"),
        (bytes(4096), CorruptImage, "is empty"),
        (b"hello world", CorruptImage, "hello .* at byte 0"),
        (b"\x1b[31mred", CorruptImage, r"\\x1b"),
        (b"\0" + b"070701" * 30, CorruptImage, "not a multiple of 4"),
        (gzip.compress(b"\0\0\0hello", mtime=0), CorruptImage, "broken padding"),
        (gzip.compress(bytes(1024) + b"an ext2 initrd of RHEL 4", mtime=0), CorruptImage, "cpio header"),
        (gzip.compress(bytes(512), mtime=0), CorruptImage, "nothing in it"),
        (b"\x89LZO\0", UnsupportedCompression, "lzo"),
    ],
)
def test_what_is_no_image(data: bytes, error: type[Refused], what: str) -> None:
    with pytest.raises(error, match=what):
        _describe(data)


def test_garbage_behind_a_good_segment(archive: Archive) -> None:
    with pytest.raises(CorruptImage, match="neither cpio"):
        _describe(gzip.compress(archive({"init": b""})) + b"garbage")
    with pytest.raises(CorruptImage, match="impossible length"):
        _describe(pack(archive({"init": b""}), Compression.LZ4) + archive({"lost": b""}))


@pytest.mark.parametrize("compression", PACKED)
def test_bombs(compression: Compression, archive: Archive) -> None:
    data = pack(archive({"init": b"", "bomb": bytes(3 << 20)}), compression)
    with pytest.raises(TooLarge) as caught:
        _describe(data, limits=Limits(unpacked=1 << 20, packed=1 << 20))
    assert caught.value.code == "GF-INITRAMFS-TOO-LARGE"
    assert caught.value.hint


def test_two_segments_share_one_limit(archive: Archive) -> None:
    one = gzip.compress(archive({"file": bytes(600_000)}))
    with pytest.raises(TooLarge):
        _describe(one + one, limits=SMALL)


@pytest.mark.parametrize("compression", PACKED)
def test_every_cut(compression: Compression, archive: Archive) -> None:
    data = pack(archive({"init": b"#!/bin/sh\n", "other": b"12345"}), compression)
    for cut in range(len(data)):
        with pytest.raises(CorruptImage):
            _describe(data[:cut])


@pytest.mark.exhaustive
@settings(max_examples=300, deadline=2000)
@given(st.data())
def test_any_change_gives_a_description_or_an_error_with_a_code(archive: Archive, data: st.DataObject) -> None:
    compression = data.draw(st.sampled_from(PACKED))
    tree = {"d": None, "l": "d", "l/f": b"1", f"{PREFIX}/modules.dep": b"k.ko:\n", "init": b"x" * 50}
    broken = bytearray(archive(MICROCODE)[-300:] if data.draw(st.booleans()) else b"")
    broken += pack(archive(tree), compression) + archive({"more": b"2"})
    for _ in range(data.draw(st.integers(0, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    with suppress(*OURS):
        _describe(bytes(broken), limits=SMALL)


@settings(max_examples=300, deadline=2000)
@given(
    st.sampled_from(
        [b"", b"070701", b"\x1f\x8b\x08", b"BZh9", b"\x5d\0\0", b"\xfd7zXZ\0", b"\x02!L\x18", b"\x28\xb5\x2f\xfd"]
    ),
    st.binary(max_size=300),
)
def test_any_bytes(magic: bytes, rest: bytes) -> None:
    with suppress(*OURS):
        _describe(magic + rest, limits=SMALL)


MEASURE = """
import re, sys
from pathlib import Path
from guestfix.initramfs import describe
def peak():
    # Not ru_maxrss: a child starts with that of its parent.
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
def chunks():
    with open(sys.argv[1], "rb") as file:
        while chunk := file.read(4 << 20):
            yield chunk
before = peak()
image = describe(chunks())
assert len(image.entries) == 101 and image.segments[0].unpacked > 200 << 20
print(peak() - before)
"""


@pytest.mark.exhaustive
@pytest.mark.parametrize("compression", [Compression.ZSTD, Compression.GZIP, Compression.XZ, Compression.LZ4])
def test_a_large_image_is_never_held(
    compression: Compression, archive: Archive, tmp_path: Path, project: Path
) -> None:
    body = random.Random(3).randbytes(1 << 14) * 130  # 2 MiB that pack quickly
    data = archive({"init": b"", **{f"file{number}": body for number in range(100)}})
    path = tmp_path / "image"
    quick = {
        Compression.ZSTD: lambda: zstandard.compress(data, 1),
        Compression.XZ: lambda: lzma.compress(data, preset=0),
    }
    path.write_bytes(quick.get(compression, lambda: pack(data, compression))())
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(project / "src")},
    )
    assert int(done.stdout) < 48 << 10  # KiB
