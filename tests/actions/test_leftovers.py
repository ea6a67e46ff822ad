"""The question: what does an image still hold of the old machine once an extension was put behind it?"""

from __future__ import annotations

import stat
from types import SimpleNamespace
from typing import Any, cast

import pytest

from guestfix.actions._leftovers import Leftover, leftovers
from guestfix.facts.model import Image, Partition, Volume
from guestfix.initramfs import Initramfs, describe
from guestfix.initramfs.cpio import NewMember, write_archive
from guestfix.initramfs.leftovers import is_setting
from guestfix.rules.action import Scope

PARTITIONS = tuple(
    Partition(
        number=number, device=f"/dev/sda{number}", start=number << 20, size=1 << 20, type="0x83", type_name="Linux"
    )
    for number in (1, 2)
)
IMAGE = Image(
    path="disk.img",
    device="/dev/sda",
    format="raw",
    virtual_size=1 << 30,
    file_size=1 << 30,
    table="mbr",
    boot_code="grub2",
    partitions=PARTITIONS,
)
VOLUMES = (
    Volume(device="/dev/sda1", kind="partition", type="swap", uuid="1111-swap", size=1 << 20),
    Volume(device="/dev/sda2", kind="partition", type="crypto_LUKS", uuid="2222-luks", size=1 << 20),
)


def image_with(files: dict[str, str]) -> Initramfs:
    folders = {path.rsplit("/", depth)[0] for path in files for depth in range(1, path.count("/") + 1)}
    members = [NewMember(path, stat.S_IFDIR | 0o755) for path in sorted(folders)]
    members += [NewMember(path, stat.S_IFREG | 0o600, text.encode()) for path, text in files.items()]
    return describe([write_archive(members, mtime=0)], keep=is_setting)


def found(files: dict[str, str]) -> list[Leftover]:
    facts: Any = SimpleNamespace(images=(IMAGE,), volumes=VOLUMES, kernels=())
    return list(leftovers(image_with(files), cast("Scope", SimpleNamespace(facts=facts))))


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        (
            "etc/lvm/lvm.conf",
            'devices {\n\tfilter = [ "a|^/dev/sda|", "r|.*|" ]\n}\n',
            'devices {\n#guestfix# \tfilter = [ "a|^/dev/sda|", "r|.*|" ]\n}\n',
        ),
        (
            "etc/mdadm/mdadm.conf",
            "DEVICE /dev/sda1 /dev/sdb1\nARRAY /dev/md0 UUID=1:2:3:4\n",
            "DEVICE partitions\n#guestfix# DEVICE /dev/sda1 /dev/sdb1\nARRAY /dev/md0 UUID=1:2:3:4\n",
        ),
        ("etc/mdadm.conf", "DEVICE /dev/sda1\n", "DEVICE partitions\n#guestfix# DEVICE /dev/sda1\n"),
        (
            "cryptroot/crypttab",
            "root /dev/disk/by-id/ata-VMware_Virtual_SATA_0001-part2 /cryptroot/keyfiles/root.key luks\n",
            "root UUID=2222-luks /cryptroot/keyfiles/root.key luks\n",
        ),
        ("etc/crypttab", "root /dev/sda2 none luks\n", "root UUID=2222-luks none luks\n"),
        ("conf/conf.d/resume", "RESUME=/dev/sda1\n", "RESUME=UUID=1111-swap\n"),
    ],
)
def test_a_copy_of_the_roots_file_is_edited_as_that_file_is(path: str, before: str, after: str) -> None:
    (leftover,) = found({path: before})
    assert (leftover.file.path, leftover.file.mode, leftover.file.data.decode()) == (path, 0o600, after)
    assert leftover.said.startswith(f"{path} in it: ")
    assert len(leftover.said) > len(f"{path} in it: ")
    assert found({path: after}) == []


def test_a_devices_file_is_made_to_count_for_nothing() -> None:
    """It cannot be taken out of the image, and an empty one would hide every disk."""
    devices = {"etc/lvm/devices/system.devices": "IDTYPE=sys_wwid IDNAME=naa.5000c29 DEVNAME=/dev/sda2 PVID=x\n"}
    (leftover,) = found(devices)
    assert leftover.file.path == "etc/lvm/lvmlocal.conf"
    assert leftover.file.data == b"devices/use_devicesfile=0\n"

    own = devices | {"etc/lvm/lvmlocal.conf": "devices/use_devicesfile=1"}
    (leftover,) = found(own)
    assert leftover.file.data == b"devices/use_devicesfile=1\ndevices/use_devicesfile=0\n"
    assert found(own | {"etc/lvm/lvmlocal.conf": leftover.file.data.decode()}) == []


def test_what_names_nothing_of_the_old_machine_stays() -> None:
    assert (
        found(
            {
                "etc/lvm/lvm.conf": 'devices {\n\tdir = "/dev"\n}\n',
                "etc/lvm/devices/system.devices": "\n",
                "etc/mdadm/mdadm.conf": "DEVICE partitions containers\n",
                "cryptroot/crypttab": "root UUID=2222-luks none luks\ndata LABEL=data none luks\n",
                "conf/conf.d/resume": "RESUME=none\n",
            }
        )
        == []
    )
