"""Hand-made values to report on, and exact files to compare with."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from guestfix.changes import Before, Change, Evidence, Extended, Finding, Note, Severity, Whole
from guestfix.facts.model import (
    BootEntry,
    BootLoader,
    DriverState,
    Facts,
    Firmware,
    Fstab,
    FstabEntry,
    Image,
    Initramfs,
    Interface,
    Kernel,
    Mount,
    Network,
    NetworkSystem,
    OperatingSystem,
    Partition,
    Readiness,
    Segment,
    Unknown,
    Volume,
)

GIB = 1 << 30
MIB = 1 << 20

Compare = Callable[[str, str], None]


@pytest.fixture(scope="session")
def golden() -> Compare:
    """Compare text with a file of golden/, exactly. GUESTFIX_WRITE_GOLDEN=1 writes the files instead."""

    def compare(name: str, text: str) -> None:
        expected = Path(__file__).parent / "golden" / name
        if os.environ.get("GUESTFIX_WRITE_GOLDEN") == "1":
            expected.write_bytes(text.encode())
        assert text == expected.read_bytes().decode()

    return compare


def kernel(version: str, *, initramfs: Initramfs | Unknown | None, targets: dict[str, Readiness]) -> Kernel:
    return Kernel(
        version=version,
        image=f"/boot/vmlinuz-{version}",
        initramfs=initramfs,
        modules_directory=f"/usr/lib/modules/{version}",
        modules_on_disk=3968,
        modules_built_in=214,
        targets=targets,
    )


@pytest.fixture
def debian() -> Facts:
    """Debian 12 from VMware: MBR, root and swap, static address, no NVMe driver in the initramfs."""
    root, swap = "d3b6f0a2-6f1e-4f0c-8d0b-2f6b7a1f1c11", "0f4dd3bb-5a0c-4e53-93f1-7b8e0c7b9a02"
    initramfs = Initramfs(
        path="/boot/initrd.img-6.1.0-18-amd64",
        size=38_273_024,
        sha256="ab" * 32,
        generator="initramfs-tools",
        segments=(
            Segment(offset=0, length=4096, compression="none", entries=5, early=True),
            Segment(offset=4096, length=38_268_928, compression="zstd", entries=1830, early=False),
        ),
        modules=("ahci", "ext4", "mptspi", "sd_mod"),
    )
    nitro = Readiness(
        storage={"nvme": DriverState.ON_DISK},
        network={"ena": DriverState.ON_DISK},
        boots=False,
        answers=True,
    )
    kvm = Readiness(
        storage={
            "virtio_pci": DriverState.BUILT_IN,
            "virtio_blk": DriverState.ON_DISK,
            "virtio_scsi": DriverState.MISSING,
            "sd_mod": DriverState.IN_INITRAMFS,
        },
        network={"virtio_net": DriverState.ON_DISK},
        boots=False,
        answers=True,
    )
    old = Readiness(
        storage={"nvme": DriverState.BUILT_IN},
        network={"ena": DriverState.MISSING},
        boots=True,
        answers=Unknown(unknown="modules.dep is missing"),
    )
    return Facts(
        images=(
            Image(
                path="web1.vmdk",
                device="/dev/sda",
                format="vmdk",
                variant="streamOptimized",
                virtual_size=20 * GIB,
                file_size=1234 * MIB,
                table="mbr",
                identifier="5f3a9c01",
                boot_code="grub2",
                partitions=(
                    Partition(
                        number=1, device="/dev/sda1", start=MIB, size=19 * GIB, type="0x83", type_name="Linux",
                        uuid="5f3a9c01-01", flags=("active",),
                    ),
                    Partition(
                        number=5, device="/dev/sda5", start=19 * GIB + 2 * MIB, size=1022 * MIB, type="0x82",
                        type_name="Linux swap", uuid="5f3a9c01-05",
                    ),
                ),
            ),
            Image(
                path="data.vmdk", device="/dev/sdb", format="vmdk", virtual_size=8 * GIB, file_size=512,
                table="none", boot_code="empty", notes=("holds an LVM physical volume without a partition table",),
            ),
        ),
        volumes=(
            Volume(device="/dev/sda1", kind="partition", type="ext4", uuid=root, label="root", size=19 * GIB),
            Volume(device="/dev/sda5", kind="partition", type="swap", uuid=swap, size=1022 * MIB),
            Volume(
                device="/dev/sdb", kind="disk", type="LVM2_member", uuid="a1b2c3", size=8 * GIB, part_of="data"
            ),
            Volume(
                device="/dev/data/srv", kind="logical volume", type="btrfs", size=8 * GIB - 4 * MIB,
                part_of="data", subvolumes=("@", "@snapshots"), uuid="6d0c2f7e-2c38-4b70-9a06-1d3ccf4b4b03",
            ),
        ),
        mounts=(
            Mount(device="/dev/sda1", path="/", type="ext4"),
            Mount(device="/dev/data/srv", path="/srv", type="btrfs", options="subvol=@"),
        ),
        firmware=Firmware(
            bios=True, uefi=False, why="GRUB's boot.img is in the first sector; no EFI system partition"
        ),
        os=OperatingSystem(
            family="linux", distribution="debian", version="12", name="Debian GNU/Linux 12 (bookworm)",
            architecture="x86_64", init="systemd", package_manager="dpkg", hostname="web1", root="/dev/sda1",
        ),
        boot=BootLoader(
            loader="grub2",
            installed_on="/dev/sda",
            files=("/boot/grub/grub.cfg",),
            entries=(
                BootEntry(
                    title="Debian GNU/Linux", id="0", kernel="/boot/vmlinuz-6.1.0-18-amd64",
                    initramfs=("/boot/initrd.img-6.1.0-18-amd64",), source="/boot/grub/grub.cfg", line=104,
                    command_line="BOOT_IMAGE=/boot/vmlinuz-6.1.0-18-amd64 root=/dev/sda1 ro quiet",
                ),
                BootEntry(
                    title="Debian GNU/Linux, with Linux 5.10", id="1>0", kernel="/boot/vmlinuz-5.10.0-28-amd64",
                    source="/boot/grub/grub.cfg", line=130, command_line="root=/dev/sda1 ro",
                ),
            ),
            default="0",
            timeout=5,
        ),
        kernels=(
            kernel("6.1.0-18-amd64", initramfs=initramfs, targets={"ec2-nitro": nitro, "kvm": kvm}),
            kernel("5.10.0-28-amd64", initramfs=None, targets={"ec2-nitro": old}),
        ),
        fstab=Fstab(
            path="/etc/fstab",
            entries=(
                FstabEntry(
                    line=9, spec="/dev/sda1", mount_point="/", type="ext4", options="errors=remount-ro",
                    device="/dev/sda1",
                ),
                FstabEntry(
                    line=11, spec="/dev/sdc1", mount_point="/backup", type="xfs", options="defaults",
                    device=Unknown(unknown="no disk /dev/sdc was given"),
                ),
                FstabEntry(
                    line=12, spec="tmpfs", mount_point="/tmp", type="tmpfs", options="size=1g", device=None
                ),
            ),
            not_understood=(13,),
        ),
        network=Network(
            systems=(
                NetworkSystem(
                    name="ifupdown", enabled=True, files=("/etc/network/interfaces",),
                    why="networking.service is enabled",
                ),
                NetworkSystem(name="NetworkManager", enabled=False, why="it is not installed"),
            ),
            in_charge="ifupdown",
            interfaces=(
                Interface(
                    name="ens192", method="static", addresses=("10.1.2.3/24",), gateway="10.1.2.1",
                    nameservers=("10.1.2.53", "10.1.2.54"), source="/etc/network/interfaces", line=12,
                ),
                Interface(name="lo", method="loopback", kind="loopback", source="/etc/network/interfaces", line=9),
            ),
            dhcp_client="dhclient",
        ),
    )  # fmt: skip


HOSTILE = "\x1b[2J[red]\u202egnp.exe[/red]<script>alert(1)</script>&amp;\x07"
"""A terminal escape, rich markup, a bidirectional override, HTML, and a bell."""


@pytest.fixture
def hostile(debian: Facts) -> Facts:
    """The same guest, made by somebody who wants to be more than text."""
    image = debian.images[0]
    assert not isinstance(debian.volumes, Unknown)
    assert not isinstance(debian.fstab, Unknown)
    volume, *_ = debian.volumes
    entry, *_ = debian.boot.entries
    return debian.model_copy(
        update={
            "images": (
                image.model_copy(
                    update={
                        "path": HOSTILE,
                        "notes": (HOSTILE,),
                        "partitions": (
                            image.partitions[0].model_copy(update={"type_name": HOSTILE, "name": HOSTILE}),
                        ),
                    }
                ),
            ),
            "volumes": (
                volume.model_copy(update={"label": HOSTILE, "uuid": HOSTILE, "type": Unknown(unknown=HOSTILE)}),
            ),
            "os": debian.os.model_copy(update={"name": HOSTILE, "hostname": HOSTILE}),
            "boot": debian.boot.model_copy(
                update={"entries": (entry.model_copy(update={"title": HOSTILE, "command_line": HOSTILE * 1000}),)}
            ),
            "kernels": (debian.kernels[0].model_copy(update={"version": HOSTILE}),),
            "fstab": debian.fstab.model_copy(
                update={
                    "entries": (debian.fstab.entries[0].model_copy(update={"spec": HOSTILE, "options": "\n"}),)
                }
            ),
            "network": debian.network.model_copy(
                update={"interfaces": (debian.network.interfaces[0].model_copy(update={"name": HOSTILE}),)}
            ),
        }
    )


FSTAB = b"# root\n/dev/sda1\t/\text4\terrors=remount-ro 0 1\n/dev/sdc1 /backup xfs defaults 0 2\n"


def before(data: bytes) -> Before:
    return Before(size=len(data), sha256=hashlib.sha256(data).hexdigest(), data=data)


@pytest.fixture
def changes() -> tuple[Change, ...]:
    """One of each kind: edited, created, moved aside, grown at its end, too large to compare."""
    return (
        Change(
            path="/etc/fstab",
            rules=("linux/fstab", "linux/fstab-nofail"),
            reason="Mount by UUID, and never let a missing disk stop the boot",
            notes=(
                Note(text="/dev/sda1 becomes UUID=d3b6f0a2", line=2),
                Note(text="nothing matches /dev/sdc1: nofail added", line=3),
                Note(text="spacing is kept"),
            ),
            before=before(FSTAB),
            after=Whole(
                data=FSTAB.replace(b"/dev/sda1", b"UUID=d3b6f0a2").replace(b"xfs defaults", b"xfs defaults,nofail")
            ),
        ),
        Change(
            path="/etc/initramfs-tools/modules.d",
            rules=("linux/keep-drivers",),
            reason="Later kernel updates keep the drivers",
            before=None,
            after=Whole(data=b"nvme\nvirtio_blk"),
            mode=0o600,
        ),
        Change(
            path="/etc/udev/rules.d/70-persistent-net.rules",
            rules=("linux/persistent-net",),
            reason="It names network cards of the old platform",
            before=before(b'SUBSYSTEM=="net"\n'),
            after=None,
        ),
        Change(
            path="/boot/initrd.img-6.1.0-18-amd64",
            rules=("linux/initramfs",),
            reason="The root disk is on NVMe",
            before=Before(size=38_273_024, sha256="ab" * 32),
            after=Extended(
                tail=b"\0" * 150_016,
                listing=(
                    "+ drwxr-xr-x        0 usr/lib/modules/6.1.0-18-amd64",
                    "+ -rw-r--r--   123456 usr/lib/modules/6.1.0-18-amd64/kernel/drivers/nvme/host/nvme.ko",
                ),
            ),
        ),
        Change(
            path="/boot/grub/grub.cfg",
            rules=("linux/grub",),
            reason="Root by UUID",
            before=Before(size=9 * MIB, sha256="cd" * 32),
            after=Whole(data=b"set timeout=5\n"),
        ),
    )


@pytest.fixture
def findings() -> tuple[Finding, ...]:
    """One of each severity, the mildest first."""
    return (
        Finding(
            code="GF-NET-STATIC",
            severity=Severity.INFO,
            message="ens192 had the static address 10.1.2.3/24.",
            why="The new network gives out its own addresses.",
            remedy="Tell whoever connects to the old address.",
        ),
        Finding(
            code="GF-FSTAB-LINE",
            severity=Severity.WARNING,
            message="One line of /etc/fstab is not understood.",
            why="It is kept as it is.",
            remedy="Look at it.",
            evidence=(Evidence(path="/etc/fstab", line=13, value=HOSTILE), Evidence(path="/etc/fstab.d")),
            rule="linux/fstab",
        ),
        Finding(
            code="GF-DRIVER-MISSING",
            severity=Severity.ERROR,
            message="Kernel 5.10.0-28-amd64 has no ena driver.",
            why="The guest would not answer.",
            remedy="Install a newer kernel before the move.",
        ),
    )
