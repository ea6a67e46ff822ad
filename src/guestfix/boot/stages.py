"""How far a guest gets, and the words by which each stage is known."""

from __future__ import annotations

import re
from enum import IntEnum


class Stage(IntEnum):
    """Stages of a boot in their order."""

    FIRMWARE = 0
    BOOT_LOADER = 1
    KERNEL = 2
    INITRAMFS = 3
    ROOT_FOUND = 4
    LOGIN = 5
    LEASE = 6
    ANSWER = 7

    @property
    def words(self) -> str:
        """What a person calls the stage."""
        return _WORDS[self]


_WORDS = {
    Stage.FIRMWARE: "firmware",
    Stage.BOOT_LOADER: "boot loader",
    Stage.KERNEL: "kernel",
    Stage.INITRAMFS: "initramfs",
    Stage.ROOT_FOUND: "root file system found",
    Stage.LOGIN: "login",
    Stage.LEASE: "DHCP lease",
    Stage.ANSWER: "SSH answer",
}

# Serial console or screen. Bytes of a console are the guest's: they are only ever searched, never obeyed.
_MARKS: tuple[tuple[Stage, re.Pattern[str]], ...] = (
    (Stage.BOOT_LOADER, re.compile(r"GRUB loading|Welcome to GRUB|GNU GRUB +version|ISOLINUX|SYSLINUX|LILO 2")),
    (Stage.KERNEL, re.compile(r"Linux version \d|Decompressing Linux")),
    (
        Stage.INITRAMFS,
        re.compile(r"Loading, please wait|Begin: Running /scripts|dracut[:\[-]|Run /init as init|\(Initramfs\)!"),
    ),
    (
        Stage.ROOT_FOUND,
        re.compile(
            r"Begin: Running /scripts/local-bottom|Switching root|Switched root|INIT: version \d"
            r"|systemd\[1\]: Detected virtualization|Set hostname to|Welcome to (?!GRUB)(?!.*Initramfs)\w"
            r"|: clean, \d+/\d+ files"
        ),
    ),
    # The prompt stays while the kernel writes on behind it; a cursor may stand there.
    (Stage.LOGIN, re.compile(r"\S login: *(?:[?_]? *$|\[ *\d+\.\d{6}\])", re.MULTILINE)),
)


def stages_in(text: str) -> set[Stage]:
    """The stages that a console's text shows to have been reached."""
    return {stage for stage, mark in _MARKS if mark.search(text)}
