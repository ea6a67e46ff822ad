"""Who made an image."""

from __future__ import annotations

import pytest

from guestfix.initramfs.generator import Generator, recognise


@pytest.mark.parametrize(
    ("paths", "generator"),
    [
        ({"init", "scripts/functions", "conf/initramfs.conf"}, Generator.INITRAMFS_TOOLS),
        ({"scripts/functions"}, Generator.UNKNOWN),
        ({"usr/lib/dracut", "usr/lib/dracut/hooks"}, Generator.DRACUT),
        ({"lib/dracut-lib.sh", "dracut-004-411.el6"}, Generator.DRACUT),
        ({"config", "buildconfig", "init_functions"}, Generator.MKINITCPIO),
        ({"config", "buildconfig", "usr/lib/systemd/systemd"}, Generator.MKINITCPIO),
        ({"run_all.sh", "boot/01-devfunctions.sh"}, Generator.SUSE_MKINITRD),
        ({"bin/nash", "init", "lib/ext3.ko"}, Generator.NASH),
        (set(), Generator.UNKNOWN),
    ],
)
def test_by_contents(paths: set[str], generator: Generator) -> None:
    assert recognise(paths) is generator
