"""Real boots of a guest that nobody fixed: it fails where it should and for the reason that it should.

The control is part of the proof: on the hardware it was built for, the same disk boots to a login.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from guestfix.boot import BootDisk, Hardware, Stage, prove
from guestfix.boot.hardware import Disk

pytestmark = [pytest.mark.boot, pytest.mark.images]


def test_on_sata_it_comes_up_but_takes_no_address(vmware_guest: Path) -> None:
    verdict = prove([BootDisk(vmware_guest, "raw")], Hardware("ahci", "virtio-net"))
    assert not verdict.answered
    assert verdict.stage is Stage.LOGIN, verdict.evidence
    assert "network card" in verdict.reason
    assert verdict.address is None
    assert list(verdict.seconds) == [
        Stage.FIRMWARE,
        Stage.BOOT_LOADER,
        Stage.KERNEL,
        Stage.INITRAMFS,
        Stage.ROOT_FOUND,
        Stage.LOGIN,
    ]


@pytest.mark.parametrize("disk", ["nvme", "virtio-blk"])
def test_on_new_hardware_its_initramfs_finds_no_root(vmware_guest: Path, disk: Disk) -> None:
    verdict = prove([BootDisk(vmware_guest, "raw")], Hardware(disk, "virtio-net"))
    assert not verdict.answered
    assert verdict.stage is Stage.INITRAMFS, verdict.evidence
    assert verdict.reason == (
        "the root device did not appear: the kernel never read the disk, so its driver is not in the initramfs"
    )
    assert any(line.startswith("console: Gave up waiting for root") for line in verdict.evidence)
