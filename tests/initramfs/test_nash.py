"""RHEL 5's initrd, whose script loads modules by name. Its lines are those that mkinitrd 5.1.19.6 writes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from guestfix.initramfs import Initramfs, ModuleIndexes, describe, extend_nash, extended, is_setting, module_name
from guestfix.initramfs.errors import UnsupportedGenerator

Archive = Callable[..., bytes]
SCRIPT = (
    b'#!/bin/nash\nmount -t proc /proc /proc\necho "Loading jbd.ko module"\ninsmod /lib/jbd.ko \n'
    b'echo "Loading ext3.ko module"\ninsmod /lib/ext3.ko \necho Waiting for driver initialization.\n'
    b"stabilized --hash --interval 250 /proc/scsi/scsi\nmkblkdevs\necho Creating root device.\n"
    b"mkrootdev -t ext3 -o defaults,ro sda2\nmount /sysroot\n"
)


def described(archive: Archive, script: bytes) -> Initramfs:
    files = {"bin/nash": b"", "init": script, "lib/ext3.ko": b"", "lib/jbd.ko": b""}
    return describe([archive(files)], keep=is_setting)


def test_modules_are_loaded_in_order_behind_the_others_and_before_the_root(
    archive: Archive, guest_indexes: ModuleIndexes
) -> None:
    image = described(archive, SCRIPT)
    extension = extend_nash(image, guest_indexes, lambda path: path.encode(), ["nvme"], version="2.6.18")
    assert extension is not None
    after = describe([extension.tail], after=image, keep=is_setting)
    script = after.kept["init"].split(b"\n")
    order = [
        module_name(line.decode().rpartition("/")[2].strip()) for line in script if line.startswith(b"insmod")
    ]
    assert order[:2] == ["jbd", "ext3"]
    assert order.index("t10_pi") < order.index("nvme_core") < order.index("nvme")
    assert script.index(b"insmod /lib/nvme.ko") < script.index(b"mkblkdevs")
    assert [line for line in script if b"nvme" not in line and b"t10" not in line and b"crct" not in line] == (
        SCRIPT.split(b"\n")
    )
    assert {"lib/nvme.ko", "lib/nvme-core.ko", "lib/t10-pi.ko"} <= after.entries.keys()
    assert after.entries["init"].mode == image.entries["init"].mode
    assert extended(image, extension).entries == after.entries
    assert extend_nash(after, guest_indexes, lambda path: b"", ["nvme"], version="2.6.18") is None


def test_a_script_without_a_place_is_refused(archive: Archive, guest_indexes: ModuleIndexes) -> None:
    with pytest.raises(UnsupportedGenerator, match="neither loads modules nor makes a root device"):
        extend_nash(
            described(archive, b"#!/bin/nash\n"), guest_indexes, lambda path: b"", ["nvme"], version="2.6.18"
        )


def test_a_script_that_loads_nothing_yet_loads_before_the_disks(
    archive: Archive, guest_indexes: ModuleIndexes
) -> None:
    image = described(archive, b"#!/bin/nash\nmkblkdevs\n")
    extension = extend_nash(image, guest_indexes, lambda path: b"m", ["ext4"], version="2.6.18")
    assert extension is not None
    after = describe([extension.tail], after=image, keep=is_setting)
    assert after.kept["init"] == b'#!/bin/nash\necho "Loading ext4.ko module"\ninsmod /lib/ext4.ko\nmkblkdevs\n'
