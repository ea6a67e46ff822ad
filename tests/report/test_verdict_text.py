from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from guestfix.boot.hardware import Hardware
from guestfix.boot.stages import Stage
from guestfix.boot.verdict import Verdict
from guestfix.report.plain import plain
from guestfix.report.verdict_text import verdict_page

ANSWERS = Verdict(
    answered=True,
    stage=Stage.ANSWER,
    reason="an SSH server answered at the address that it was given",
    advice="",
    evidence=("DHCP: 1 discover, 1 request", "not emulated: ENA network card"),
    seconds={Stage.FIRMWARE: 0.4, Stage.KERNEL: 9.0, Stage.ANSWER: 61.24},
    total_seconds=61.3,
    address="10.0.2.15",
    banner="SSH-2.0-OpenSSH_9.2p1",
    accelerator="tcg: /dev/kvm is there but does not work",
    hardware=Hardware(disk="nvme", nic="virtio-net"),
)

FAILS = Verdict(
    answered=False,
    stage=Stage.INITRAMFS,
    reason="the initramfs found no root file system",
    advice="plan and apply for this target, then boot again",
    evidence=("console: ALERT!  /dev/sda1 does not exist.", "last on the console: (initramfs) \x1b[2J[red]\u202e"),
    seconds={Stage.INITRAMFS: 12.0, Stage.BOOT_LOADER: 2.0},
    total_seconds=47.0,
    address=None,
    banner=None,
    accelerator="kvm: it works",
    hardware=Hardware(disk="virtio-blk", nic="virtio-net", firmware="uefi"),
    serial_log=Path("proof/serial.log"),
    screenshot=Path("proof/screen.png"),
    capture=Path("proof/network.pcap"),
)


def test_a_guest_that_answers(golden: Callable[[str, str], None]) -> None:
    golden("verdict-answers.txt", plain(verdict_page(ANSWERS)))


def test_a_guest_that_does_not(golden: Callable[[str, str], None]) -> None:
    """Stages are in the order of a boot, whatever the order in which they were noted; the console is escaped."""
    golden("verdict-fails.txt", plain(verdict_page(FAILS)))
