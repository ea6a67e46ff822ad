"""A UEFI guest whose only way to start was in the NVRAM that stayed behind."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import guestfix
from guestfix.boot import BootDisk, Hardware, prove

from .conftest import copy_of

ESP = "@@1048576"
"""Where the EFI system partition of the guest debian-12-uefi begins, as mtools wants it."""


def on_esp(image: Path, *command: str) -> str:
    words = [command[0], "-i", f"{image}{ESP}", *command[1:]]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


@pytest.mark.appliance
@pytest.mark.images
@pytest.mark.boot
def test_it_starts_on_firmware_that_has_never_seen_it(built: Callable[[str], Path], tmp_path: Path) -> None:
    image = copy_of(built("debian-12-uefi"), tmp_path)
    on_esp(image, "mdeltree", "::/EFI/BOOT")
    done = guestfix.apply(guestfix.images([image]), "kvm")
    assert {change.path for change in done.plan.changes if change.path.startswith("/boot/efi/")} == {
        "/boot/efi/EFI/BOOT/BOOTX64.EFI",
        "/boot/efi/EFI/BOOT/grubx64.efi",
        "/boot/efi/EFI/BOOT/grub.cfg",
    }
    shim, copy = tmp_path / "shim", tmp_path / "copy"
    on_esp(image, "mcopy", "::/EFI/debian/shimx64.efi", str(shim))
    on_esp(image, "mcopy", "::/EFI/BOOT/BOOTX64.EFI", str(copy))
    assert copy.read_bytes() == shim.read_bytes()
    verdict = prove([BootDisk(image, "raw")], Hardware("virtio-blk", "virtio-net", firmware="uefi"))
    assert verdict.answered, verdict
    guestfix.revert(guestfix.images([image]))
    assert "BOOT" not in on_esp(image, "mdir", "-b", "::/EFI")
    image.unlink()
