"""Whatever an image holds, somebody's or a broken one, is described or refused by code, soon, in little memory."""

from __future__ import annotations

import bz2
import gzip
import random
import re
import resource
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from guestfix.accel import usable_accelerator
from guestfix.bootable import bootable
from guestfix.disks.chain import resolve
from guestfix.disks.formats import examine
from guestfix.disks.headers_model import ImageHeader
from guestfix.disks.layout import read_layout
from guestfix.errors import GuestfixError
from guestfix.facts.collect import collect
from guestfix.guest import launch
from guestfix.guest.appliance_reader import ApplianceReader
from guestfix.guest.survey import device_name, mount_guest, refuse_what_is_no_disk
from guestfix.sources import Images

MOST = 1 << 30
"""Bytes of an unpacked image; the largest of the corpora has some 650 MB, nearly all of them zeros."""

COPIES = 1000
SMALL = 4 << 20


def disks(corpora: Path) -> list[Path]:
    return sorted(path for path in (corpora / "disks").rglob("*") if path.is_file())


def unpacked(path: Path, folder: Path, most: int = MOST) -> Path | None:
    """Return the image without its compression, sparse; None if it has more than `most` bytes."""
    if path.suffix not in {".gz", ".bz2"}:
        target = folder / path.name
        shutil.copyfile(path, target)
        return target if target.stat().st_size <= most else None
    target = folder / path.stem
    with gzip.open(path) if path.suffix == ".gz" else bz2.open(path) as packed, target.open("wb") as plain:
        size, zeros = 0, bytes(1 << 20)
        while piece := packed.read(1 << 20):
            size += len(piece)
            if size > most:
                return None
            if piece != zeros[: len(piece)]:
                plain.write(piece)
            else:
                plain.seek(len(piece), 1)
        plain.truncate(size)
    return target


def look(path: Path) -> str:
    """Look at an image with our own readers only; return the format, or the code of the refusal."""
    try:
        header = examine(path)
        resolve(header, ())
        if header.format == "raw":
            with path.open("rb") as file:

                def read_at(offset: int, length: int) -> bytes:
                    file.seek(offset)
                    return file.read(length)

                return read_layout(read_at, header.virtual_size).table
    except GuestfixError as error:
        assert error.code.startswith("GF-")
        assert error.message
        assert error.exit_status in {1, 2, 3}
        return error.code
    return header.format


class OneOfMany:
    """An appliance with many disks, in which one of them goes by the name that it has where it is alone."""

    def __init__(self, handle: Any, device: str) -> None:
        self._handle = handle
        self._device = device

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._handle, name)
        return lambda *words, **more: call(*map(self._renamed, words), **more)

    def _renamed(self, word: Any) -> Any:
        return re.sub(r"^/dev/sda(?=\d*$)", self._device, word) if isinstance(word, str) else word


def inspected(handle: Any, header: ImageHeader) -> str:
    """Return which system an image holds, or the code of the refusal."""
    try:
        found = mount_guest(handle, [header], None)
        facts = collect(ApplianceReader(handle), found.disks).facts
        facts.model_dump_json()
        return str(facts.os.name)
    except GuestfixError as error:
        assert error.code.startswith("GF-")
        assert error.exit_status in {1, 2}, error.message
        return error.code
    finally:
        handle.umount_all()


@pytest.mark.appliance
@pytest.mark.corpora
def test_every_disk_of_the_corpora_gives_facts_or_a_code(corpora: Path, tmp_path: Path) -> None:
    """Those that open are looked into in one appliance, each as if it were the only one there."""
    seen: dict[str, str] = {}
    opened: list[ImageHeader] = []
    for number, path in enumerate(disks(corpora)):
        folder = tmp_path / str(number)
        folder.mkdir()
        image = unpacked(path, folder)
        assert image is not None, f"{path} is larger than {MOST} bytes"
        seen[path.name] = look(image)
        try:
            with bootable(Images((image,))) as found:
                assert found.disks
            header = examine(image)
            refuse_what_is_no_disk(header)
            opened.append(header)
        except GuestfixError as error:
            assert error.code != "GF-INTERNAL", f"{path}: {error.message}"
            shutil.rmtree(folder)
    assert len(seen) >= 30
    assert {"qcow2", "vhdx", "mbr"} <= set(seen.values())
    assert len(opened) >= 8
    drives = [launch.Drive(header.path, header.format, read_only=True) for header in opened]
    handle: Any = launch.launch(drives, accelerator=usable_accelerator().name)
    try:
        systems = [
            inspected(OneOfMany(handle, device_name(number)), header) for number, header in enumerate(opened)
        ]
    finally:
        launch.close(handle)
    assert "GF-NO-OS" in systems


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return a copy that is cut short, or with bytes flipped, most of them where headers are."""
    kind = chance.randrange(4)
    if kind == 0:
        return data[: chance.randrange(len(data))]
    changed = bytearray(data)
    reach = min(len(data), (512, 4096, 65536, len(data))[chance.randrange(4)])
    for _ in range(chance.choice((1, 2, 8, 64))):
        changed[chance.randrange(reach)] = chance.randrange(256)
    if kind == 1 and len(changed) > 512:
        changed[-chance.randrange(1, 512)] ^= 1 << chance.randrange(8)
    return bytes(changed)


def small_images(corpora: Path, folder: Path) -> Iterator[bytes]:
    for path in disks(corpora):
        if path.suffix != ".ovf" and (image := unpacked(path, folder, SMALL)) is not None:
            data = image.read_bytes()
            if data:
                yield data


@pytest.mark.exhaustive
@pytest.mark.corpora
def test_a_thousand_broken_copies_cost_little_and_leave_no_traceback(corpora: Path, tmp_path: Path) -> None:
    chance = random.Random(20261125)
    images = list(small_images(corpora, tmp_path))
    assert len(images) >= 8
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcomes: dict[str, int] = {}
    slowest = 0.0
    target = tmp_path / "copy"
    for number in range(COPIES):
        target.write_bytes(mutated(images[number % len(images)], chance))
        began = time.process_time()
        outcome = look(target)
        slowest = max(slowest, time.process_time() - began)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    assert sum(outcomes.values()) == COPIES
    assert "GF-INTERNAL" not in outcomes
    assert len([code for code in outcomes if code.startswith("GF-")]) >= 4, outcomes
    assert slowest < 5, f"{slowest:.1f} s of processor time for one image"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 256 * 1024, "KiB grown"
