"""Images that QEMU wrote, broken as uploads and exports break them: each is refused before anything is read."""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from guestfix.disks.chain import resolve
from guestfix.disks.errors import ImageDamaged, ImageNotFound
from guestfix.disks.formats import examine
from guestfix.errors import GuestfixError

MIB = 1 << 20
Make = Callable[..., Path]


@pytest.fixture
def full(tmp_path: Path) -> Make:
    """Make an image with data in it, at its start and at its end."""

    def make(kind: str, options: str, size: int = 8 * MIB) -> Path:
        raw, image = tmp_path / "raw", tmp_path / f"disk.{kind}"
        with raw.open("wb") as file:
            file.truncate(size)
            file.write(os.urandom(MIB))
            file.seek(size - MIB)
            file.write(os.urandom(MIB))
        command = ["qemu-img", "convert", "-q", "-O", kind, "-o", options, str(raw), str(image)]
        subprocess.run(command, check=True)
        return image

    return make


def refused(path: Path) -> GuestfixError:
    with pytest.raises(GuestfixError) as caught:
        resolve(examine(path), (path.parent,))
    assert caught.value.hint
    return caught.value


SPARSE = [
    ("vmdk", "subformat=monolithicSparse"),
    ("vmdk", "subformat=streamOptimized"),
    ("vpc", "subformat=dynamic"),
]


@pytest.mark.parametrize(("kind", "options"), SPARSE)
def test_a_whole_one_is_opened_and_one_that_lacks_its_end_is_damaged(full: Make, kind: str, options: str) -> None:
    path = full(kind, options)
    assert examine(path).virtual_size >= 8 * MIB
    size = path.stat().st_size
    for length in (size - 100_000, size - MIB, size // 2):
        os.truncate(path, length)
        assert refused(path).code in ("GF-IMAGE-DAMAGED", "GF-IMAGE-FOOTERS")


def test_grains_of_an_unknown_compression(full: Make) -> None:
    path = full("vmdk", "subformat=streamOptimized")
    data = bytearray(path.read_bytes())
    assert struct.unpack_from("<H", data, 77) == (1,)
    struct.pack_into("<H", data, 77, 0)
    path.write_bytes(data)
    said = refused(path)
    assert (said.code, "the unknown algorithm 0" in said.message) == ("GF-IMAGE-DAMAGED", True)


def test_two_footers_that_are_both_right_and_not_the_same(full: Make) -> None:
    path = full("vpc", "subformat=dynamic")
    data = bytearray(path.read_bytes())
    footer = bytearray(data[-512:])
    footer[24:28] = struct.pack(">I", 1)
    footer[64:68] = bytes(4)
    footer[64:68] = struct.pack(">I", ~sum(footer) & 0xFFFFFFFF)
    data[-512:] = footer
    path.write_bytes(data)
    assert refused(path).code == "GF-IMAGE-FOOTERS"


@pytest.mark.parametrize("options", ["subformat=monolithicFlat", "subformat=twoGbMaxExtentSparse"])
def test_an_extent_that_was_left_behind(full: Make, options: str) -> None:
    path = full("vmdk", options)
    assert len(resolve(examine(path), (path.parent,))) == 2
    [extent] = list(path.parent.glob("disk-*.vmdk"))
    extent.unlink()
    assert isinstance(refused(path), ImageNotFound)


def test_an_extent_that_lacks_its_end(full: Make) -> None:
    path = full("vmdk", "subformat=twoGbMaxExtentSparse")
    [extent] = list(path.parent.glob("disk-*.vmdk"))
    os.truncate(extent, extent.stat().st_size - MIB)
    assert isinstance(refused(path), ImageDamaged)
