"""Words of real consoles and what they are taken to mean."""

from __future__ import annotations

import pytest

from guestfix.boot.console import plain
from guestfix.boot.stages import Stage, stages_in
from guestfix.boot.symptoms import sighting_in

INITRAMFS_TOOLS = """Gave up waiting for root file system device.  Common problems:
 - Boot args (cat /proc/cmdline)
ALERT!  UUID=ec3013ca-c75f-5f81-8f84-5ecef88a5539 does not exist.  Dropping to a shell!
(initramfs) """
DRACUT = """[  190.1] dracut-initqueue[260]: Warning: dracut-initqueue: timeout, still waiting for following
[  191.0] dracut-initqueue[260]: Warning: Could not boot.
Warning: /dev/mapper/rhel-root does not exist
Generating "/run/initramfs/rdsosreport.txt"
Entering emergency mode. Exit the shell to continue."""
EMERGENCY = """[ TIME ] Timed out waiting for device /dev/sdb1.
You are in emergency mode. After logging in, type "journalctl -xb" to view
Give root password for maintenance"""
PANIC = "[    2.1] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)"


@pytest.mark.parametrize(
    ("console", "stage", "reason"),
    [
        (INITRAMFS_TOOLS, Stage.INITRAMFS, "the root device did not appear"),
        (DRACUT, Stage.INITRAMFS, "the root device did not appear"),
        (EMERGENCY, Stage.ROOT_FOUND, "the guest stopped in emergency mode"),
        (PANIC, Stage.KERNEL, "the kernel found no root file system"),
        ("[    9.9] Kernel panic - not syncing: Attempted to kill init!", Stage.KERNEL, "the kernel panicked"),
        (
            "Booting from Hard Disk...\nNo bootable device.",
            Stage.FIRMWARE,
            "the firmware found no boot code on the disk",
        ),
        ("error: no such device: abc.\ngrub rescue>", Stage.BOOT_LOADER, "GRUB does not find its own files"),
    ],
)
def test_a_console_says_why_it_ends(console: str, stage: Stage, reason: str) -> None:
    seen = sighting_in(console)
    assert seen is not None
    assert (seen.symptom.stage, seen.symptom.reason, seen.symptom.final) == (stage, reason, True)


def test_waiting_explains_but_does_not_end() -> None:
    seen = sighting_in("[ ***  ] A start job is running for /dev/sdb1 (33s / 1min 30s)")
    assert seen is not None
    assert not seen.symptom.final


def test_a_final_symptom_outweighs_an_earlier_hint() -> None:
    seen = sighting_in(EMERGENCY)
    assert seen is not None
    assert seen.line.startswith("You are in emergency mode")


@pytest.mark.parametrize(
    "console",
    [
        "",
        "web01 login: ",
        "[  OK  ] Reached target Emergency",
        "systemd[1]: emergency.target: skipped",
        "GRUB loading.\n",
    ],
)
def test_a_healthy_console_shows_nothing(console: str) -> None:
    assert sighting_in(console) is None


@pytest.mark.parametrize(
    ("console", "stages"),
    [
        ("GRUB loading.\nWelcome to GRUB!\n", {Stage.BOOT_LOADER}),
        ("[    0.000000] Linux version 6.1.0-56-amd64 (debian)", {Stage.KERNEL}),
        ("Loading, please wait...", {Stage.INITRAMFS}),
        ("Welcome to Fedora Linux 38 dracut-057 (Initramfs)!", {Stage.INITRAMFS}),
        ("Welcome to Debian GNU/Linux 12 (bookworm)!", {Stage.ROOT_FOUND}),
        ("/dev/nvme0n1p1: clean, 13342/115200 files, 186393/460800 blocks", {Stage.ROOT_FOUND}),
        ("Debian GNU/Linux 12 web01 ttyS0\n\nweb01 login: ", {Stage.LOGIN}),
        ("web01 login: [   64.101010] hrtimer: interrupt took 12345 ns", {Stage.LOGIN}),
        ("web01 login: _", {Stage.LOGIN}),
        ("web01 login: root\nLast login: today", set()),
    ],
)
def test_stages_are_known_by_their_words(console: str, stages: set[Stage]) -> None:
    assert stages_in(console) == stages


def test_terminal_sequences_are_no_part_of_words() -> None:
    output = b"\x1b[0;1;31mYou are in \x1b[1memergency mode\x1b[0m\r\r\n\x1b(B\x1b[?25hweb01 login: "
    assert plain(output) == "You are in emergency mode\n\nweb01 login: "
