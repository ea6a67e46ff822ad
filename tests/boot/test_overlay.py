"""Images under a proof: opened as told, never written, never the caller's surprise."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from guestfix.boot.errors import ImageUnreadable
from guestfix.boot.hardware import BootDisk, Disk, Hardware, disk_arguments, image_node
from guestfix.boot.overlay import open_failure, throwaway_overlay


@pytest.fixture
def image(tmp_path: Path) -> Path:
    raw = tmp_path / "disk, with a comma.img"
    raw.write_bytes(bytes(1 << 20))
    return raw


def qcow2(path: Path, *options: str) -> Path:
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", *options, str(path), "3M"], check=True)
    return path


def virtual_size(overlay: Path) -> int:
    told = subprocess.run(["qemu-img", "info", "--output=json", overlay], capture_output=True, check=True).stdout
    return int(json.loads(told)["virtual-size"])


def test_the_overlay_is_as_large_as_the_image(tmp_path: Path, image: Path) -> None:
    assert virtual_size(throwaway_overlay(BootDisk(image, "raw"), tmp_path / "over.qcow2")) == 1 << 20


def test_a_raw_image_that_looks_like_qcow2_stays_raw(tmp_path: Path) -> None:
    """A guest can write any header to its first sector, naming any file of the host."""
    hostile = qcow2(tmp_path / "hostile", "-b", "/etc/passwd", "-F", "raw")
    overlay = throwaway_overlay(BootDisk(hostile, "raw"), tmp_path / "over.qcow2")
    assert virtual_size(overlay) - hostile.stat().st_size in range(512)


def test_a_backing_file_that_nobody_named_is_not_opened(tmp_path: Path) -> None:
    base = qcow2(tmp_path / "base")
    top = qcow2(tmp_path / "top", "-b", str(base), "-F", "qcow2")
    base.unlink()
    assert virtual_size(throwaway_overlay(BootDisk(top, "qcow2"), tmp_path / "over.qcow2")) == 3 << 20


def test_a_chain_is_what_the_caller_says() -> None:
    node = image_node(BootDisk(Path("top"), "qcow2", BootDisk(Path("base"), "raw")))
    assert node["backing"] == {
        "driver": "raw",
        "read-only": True,
        "file": {"driver": "file", "filename": "base", "read-only": True, "locking": "auto"},
    }
    assert image_node(BootDisk(Path("top"), "qcow2"))["backing"] is None


@pytest.mark.parametrize("format_", ["qcow2", "vmdk", "vhdx"])
def test_an_image_of_another_format_is_refused(tmp_path: Path, image: Path, format_: str) -> None:
    with pytest.raises(ImageUnreadable):
        throwaway_overlay(BootDisk(image, format_), tmp_path / "over.qcow2")


def test_a_missing_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageUnreadable) as refused:
        throwaway_overlay(BootDisk(tmp_path / "none", "raw"), tmp_path / "over.qcow2")
    assert refused.value.message.endswith("No such file or directory")
    assert "json:" not in refused.value.message


def test_words_of_qemu_are_escaped() -> None:
    assert "\x1b" not in open_failure("qemu-img: Could not open '\x1b[2J'").message


@pytest.mark.parametrize("disk", ["nvme", "virtio-blk", "virtio-scsi", "ahci", "ide", "pvscsi", "lsi"])
def test_the_first_image_boots_first_on_every_controller(disk: Disk) -> None:
    images = [(Path(f"o{number}"), BootDisk(Path(f"i{number}"), "raw")) for number in range(2)]
    arguments = disk_arguments(Hardware(disk, "e1000"), images)
    devices = [json.loads(word) for word in arguments if word.startswith('{"driver"') and "bootindex" in word]
    assert [device["bootindex"] for device in devices] == [1, 2]
    assert [device.get("bus") for device in devices] == (["ide.0", "ide.1"] if disk == "ahci" else [None, None])
    assert [device["drive"] for device in devices] == ["disk0", "disk1"]
