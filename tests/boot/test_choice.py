"""Which hardware a guest is shown on, if nobody says: the target's first that its firmware can start from."""

from __future__ import annotations

import pytest

from guestfix import Knowledge
from guestfix.boot.hardware import UNKNOWN_TO_UEFI
from guestfix.bootable import usual_devices


@pytest.mark.parametrize(("firmware", "disk", "card"), [("bios", "pvscsi", "vmxnet3"), ("uefi", "nvme", "e1000e")])
def test_vmware_shows_a_uefi_guest_on_a_disk_that_ovmf_knows(firmware: str, disk: str, card: str) -> None:
    found = usual_devices(Knowledge.load().target("vmware"), firmware)
    assert (found.disk, found.nic) == (disk, card)


def test_no_target_leaves_a_uefi_guest_without_a_disk_to_start_from() -> None:
    for target in Knowledge.load().targets.values():
        if "uefi" in target.firmware:
            assert usual_devices(target, "uefi").disk not in UNKNOWN_TO_UEFI, target.id
