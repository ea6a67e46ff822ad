"""Is an XFS that was not unmounted known by its log? mkfs.xfs makes it, and xfs_repair is the second reader."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Iterator
from mmap import mmap
from pathlib import Path

import pytest

from guestfix.disks.layout import read_layout

RECORD = b"\xfe\xed\xba\xbe"


def notes(data: mmap) -> tuple[str, ...]:
    layout = read_layout(lambda offset, length: data[offset : offset + length], len(data))
    assert layout.whole is not None
    assert layout.whole.type == "xfs"
    return layout.whole.notes


def log_start(data: mmap) -> int:
    """Return the first byte of the log, which mkfs.xfs begins with an unmount record."""
    start = data.find(RECORD)
    assert start > 0
    return start


def is_clean_for_xfs_repair(path: Path) -> bool:
    """xfs_repair(8) will not touch a file system whose log has to be replayed: exit status 2."""
    return subprocess.run(["xfs_repair", "-f", path], capture_output=True, check=False).returncode != 2


@pytest.fixture
def made(tmp_path: Path) -> Path:
    image = tmp_path / "xfs.img"
    with image.open("wb") as file:
        file.truncate(300 << 20)
    subprocess.run(["mkfs.xfs", "-q", "-f", image], check=True, capture_output=True)
    return image


@pytest.fixture
def data(made: Path) -> Iterator[mmap]:
    """The file system's bytes, in place."""
    with made.open("r+b") as file, mmap(file.fileno(), 0) as found:
        yield found


def test_a_new_file_system_is_clean(made: Path, data: mmap) -> None:
    assert notes(data) == ()
    assert is_clean_for_xfs_repair(made)


def test_a_log_that_does_not_end_with_an_unmount_is_told(made: Path, data: mmap) -> None:
    operation = log_start(data) + 512
    assert data[operation + 9] & 0x20
    data[operation + 9] = 0
    assert notes(data) == ("its journal needs recovery: it was not unmounted",)
    struct.pack_into("<I", data, operation - 512 + 32, 0)  # a checksum of 0 is not looked at
    data.flush()
    assert not is_clean_for_xfs_repair(made)


def test_a_log_that_is_full_to_its_end_begins_again(data: mmap) -> None:
    """The unmount record in the last two blocks: what is written next is block 0 of the next cycle."""
    start = log_start(data)
    blocks = struct.unpack_from(">I", data, 96)[0] * 4096 // 512
    record = bytes(data[start : start + 1024])
    for number in range(blocks):
        struct.pack_into(">I", data, start + number * 512, 1)
    data[start + (blocks - 2) * 512 : start + blocks * 512] = record
    assert notes(data) == ()
    data[start + (blocks - 1) * 512 + 9] = 0
    assert notes(data) != ()


@pytest.mark.parametrize(
    "field", [(4, ">I", 7), (48, ">Q", 0), (48, ">Q", 1 << 60), (96, ">I", 0xFFFFFFFF), (124, "B", 255)]
)
def test_a_superblock_that_lies_about_its_log_says_nothing_of_it(data: mmap, field: tuple[int, str, int]) -> None:
    at, form, value = field
    struct.pack_into(form, data, at, value)
    assert notes(data) == ()
