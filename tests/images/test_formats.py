"""Every format that disks come in: written where it can be, to new images where it cannot."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import guestfix
from guestfix.disks.errors import NeedsOutput

from .conftest import MIB, MakeGuest, digest

pytestmark = [pytest.mark.appliance, pytest.mark.images]

LINE = "#guestfix# .host:/ /mnt/hgfs vmhgfs defaults 0 0"


@pytest.fixture
def guest(small_guest: MakeGuest) -> Path:
    return small_guest(
        tree={"/etc/fstab": "/dev/sda1 / ext4 defaults 0 1\n.host:/ /mnt/hgfs vmhgfs defaults 0 0\n"}
    )


def fstab_of(image: Path, format: str) -> str:
    """Return what the image's only partition has as /etc/fstab, through qemu-img and debugfs."""
    raw, part = image.with_name("look.raw"), image.with_name("look.part")
    subprocess.run(["qemu-img", "convert", "-f", format, "-O", "raw", image, raw], check=True)
    with raw.open("rb") as disk:
        disk.seek(MIB)
        part.write_bytes(disk.read(24 * MIB))
    shown = subprocess.run(["debugfs", "-R", "cat /etc/fstab", part], check=True, capture_output=True, text=True)
    return shown.stdout


@pytest.mark.parametrize(("format", "options"), [("qcow2", []), ("vmdk", []), ("vpc", ["-o", "force_size"])])
def test_written_where_it_is(format: str, options: list[str], guest: Path, tmp_path: Path) -> None:
    image = tmp_path / f"disk.{format}"
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", format, *options, guest, image], check=True)
    done = guestfix.apply(guestfix.images([image]), "kvm")
    assert done.written == (image,)
    assert LINE in fstab_of(image, format)


def test_in_place(guest: Path) -> None:
    guestfix.apply(guestfix.images([guest]), "kvm", guestfix.InPlace())
    assert LINE in fstab_of(guest, "raw")


def test_vhdx_is_written_to_a_new_image(guest: Path, tmp_path: Path) -> None:
    """QEMU replays a VHDX's own log on opening it for writing, which no overlay can hold back."""
    image, new = tmp_path / "disk.vhdx", tmp_path / "new.qcow2"
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "vhdx", guest, image], check=True)
    before = digest(image)
    with pytest.raises(NeedsOutput) as refused:
        guestfix.apply(guestfix.images([image]), "kvm")
    assert "--output" in refused.value.hint
    done = guestfix.apply(guestfix.images([image]), "kvm", guestfix.Output((new,)))
    assert done.written == (new,)
    assert LINE in fstab_of(new, "qcow2")
    assert digest(image) == before


def test_a_chain_that_the_caller_allowed(guest: Path, tmp_path: Path) -> None:
    """The overlay that somebody else made is written, what lies below it stays."""
    below, above = tmp_path / "below.img", tmp_path / "above.qcow2"
    guest.rename(below)
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", below, "-F", "raw", above], check=True)
    before = digest(below)
    guestfix.apply(guestfix.Images((above,), allow_backing=(tmp_path,)), "kvm")
    assert LINE in fstab_of(above, "qcow2")
    assert digest(below) == before
