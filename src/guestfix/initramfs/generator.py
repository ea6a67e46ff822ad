"""Which program made an image, told by the files that only that program puts there."""

from __future__ import annotations

from collections.abc import Container
from enum import StrEnum


class Generator(StrEnum):
    """The programs that we know; they differ in how modules get loaded."""

    DRACUT = "dracut"
    INITRAMFS_TOOLS = "initramfs-tools"
    MKINITCPIO = "mkinitcpio"
    SUSE_MKINITRD = "suse-mkinitrd"
    NASH = "rhel5-mkinitrd"
    UNKNOWN = "unknown"


# A generator is recognised by all paths of any one row. dracut-lib.sh stands at the root of /lib in RHEL 6.
_MARKS: tuple[tuple[Generator, tuple[str, ...]], ...] = (
    (Generator.NASH, ("bin/nash",)),
    (Generator.SUSE_MKINITRD, ("run_all.sh",)),
    (Generator.SUSE_MKINITRD, ("config/start.sh",)),
    (Generator.DRACUT, ("usr/lib/dracut-lib.sh",)),
    (Generator.DRACUT, ("lib/dracut-lib.sh",)),
    (Generator.DRACUT, ("usr/lib/dracut",)),
    (Generator.DRACUT, ("lib/dracut",)),
    (Generator.INITRAMFS_TOOLS, ("scripts/functions", "conf/initramfs.conf")),
    (Generator.MKINITCPIO, ("config", "buildconfig")),
    (Generator.MKINITCPIO, ("config", "init_functions")),
)


def recognise(paths: Container[str]) -> Generator:
    """Return the generator of an image that holds `paths` (relative to its root)."""
    for generator, marks in _MARKS:
        if all(mark in paths for mark in marks):
            return generator
    return Generator.UNKNOWN
