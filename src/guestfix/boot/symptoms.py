"""What a guest that does not come up says, and what it means: one table, most telling first."""

from __future__ import annotations

import re
from dataclasses import dataclass

from guestfix.boot.stages import Stage


@dataclass(frozen=True)
class Symptom:
    """Words on a console that say why a boot ends.

    `stage` is where the guest is stuck. A `final` symptom ends the proof; another one only explains a guest that
    never answers.
    """

    pattern: re.Pattern[str]
    stage: Stage
    reason: str
    advice: str
    final: bool = True


@dataclass(frozen=True)
class Sighting:
    """A symptom and the line of the console that shows it."""

    symptom: Symptom
    line: str


_DRIVER_OR_NAME = "add the disk's driver to the initramfs and name the root device by UUID (guestfix apply)"
_LOADER = "reinstall the boot loader, or check that the disk was converted whole"
_MOUNTS = "fstab names something that is not here: give it nofail, or its right name (guestfix apply)"


def _is(pattern: str, stage: Stage, reason: str, advice: str, *, final: bool = True) -> Symptom:
    return Symptom(re.compile(pattern), stage, reason, advice, final)


SYMPTOMS: tuple[Symptom, ...] = (
    # firmware: SeaBIOS boot.c, edk2 BdsDxe
    _is(
        r"No bootable device|not a bootable disk",
        Stage.FIRMWARE,
        "the firmware found no boot code on the disk",
        _LOADER,
    ),
    _is(
        r"No bootable option or device was found|UEFI Interactive Shell",
        Stage.FIRMWARE,
        "the UEFI firmware found no boot loader on the disk",
        "the disk needs \\EFI\\BOOT\\BOOTX64.EFI, or boots by BIOS; OVMF starts from no pvscsi or lsi disk",
    ),
    # boot loader: GRUB grub-core/kern and loader
    _is(r"grub rescue>", Stage.BOOT_LOADER, "GRUB does not find its own files", _LOADER),
    _is(
        r"error: (no such device|no such partition|unknown filesystem|no such disk)",
        Stage.BOOT_LOADER,
        "GRUB does not find the file system it looks for",
        _LOADER,
        final=False,
    ),
    _is(r"^grub> ", Stage.BOOT_LOADER, "GRUB found no configuration and waits for commands", _LOADER),
    _is(
        r"error: file `.*' not found",
        Stage.BOOT_LOADER,
        "GRUB does not find the kernel or initramfs",
        _LOADER,
        final=False,
    ),
    # kernel: init/do_mounts.c, kernel/panic.c
    _is(r"VFS: Unable to mount root fs", Stage.KERNEL, "the kernel found no root file system", _DRIVER_OR_NAME),
    _is(r"Kernel panic - not syncing", Stage.KERNEL, "the kernel panicked", "read the console's last lines"),
    # initramfs-tools scripts/local, scripts/functions; dracut; mkinitcpio; mkinitfs; SUSE mkinitrd
    _is(
        r"Gave up waiting for root|ALERT! +\S+ does not exist",
        Stage.INITRAMFS,
        "the root device did not appear",
        _DRIVER_OR_NAME,
    ),
    _is(
        r"dracut.*Could not boot|Warning: /dev/\S+ does not exist",
        Stage.INITRAMFS,
        "the root device did not appear",
        _DRIVER_OR_NAME,
    ),
    _is(r"^\(initramfs\)", Stage.INITRAMFS, "the initramfs gave up and waits for commands", _DRIVER_OR_NAME),
    _is(
        r"dracut-initqueue.*timeout",
        Stage.INITRAMFS,
        "the root device did not appear",
        _DRIVER_OR_NAME,
        final=False,
    ),
    _is(
        r"ERROR: device '.*' not found|Failed to mount '.*' on real root|Mounting root failed|exiting to /bin/sh",
        Stage.INITRAMFS,
        "the root device did not appear",
        _DRIVER_OR_NAME,
    ),
    _is(
        r"initramfs emergency recovery shell|dropped into an emergency shell|rdsosreport\.txt",
        Stage.INITRAMFS,
        "the initramfs gave up and waits for commands",
        _DRIVER_OR_NAME,
    ),
    # systemd, sysvinit
    _is(
        r"You are in (emergency|rescue) mode|Give root password for maintenance|Press Enter for maintenance"
        r"|Cannot open access to console, the root account is locked",
        Stage.ROOT_FOUND,
        "the guest stopped in emergency mode",
        _MOUNTS,
    ),
    _is(
        r"Timed out waiting for device",
        Stage.ROOT_FOUND,
        "the guest waited for a device that is not here",
        _MOUNTS,
        final=False,
    ),
    _is(
        r"A start job is running for",
        Stage.ROOT_FOUND,
        "the guest waits for something that does not come",
        _MOUNTS,
        final=False,
    ),
)


def sighting_in(text: str) -> Sighting | None:
    """The most telling symptom on a console: final ones first, then in the table's order. None if all is quiet."""
    lines = text.splitlines()
    for symptom in sorted(SYMPTOMS, key=lambda symptom: not symptom.final):
        for line in lines:
            if symptom.pattern.search(line):
                return Sighting(symptom, line.strip())
    return None
