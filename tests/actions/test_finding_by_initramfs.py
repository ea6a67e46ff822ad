"""Is every kernel that would not find its root disk spoken of, whoever made its initramfs, and once?"""

from __future__ import annotations

import pytest

from guestfix.changes import Finding
from guestfix.facts.collect import collect
from guestfix.facts.model import Unknown
from guestfix.guest.memory import MemoryGuest
from guestfix.initramfs import Compression
from guestfix.operations import Knowledge
from guestfix.plan import Plan, plan
from guestfix.rules.fixtures import Packed

KERNEL = "3.10.0-1160.el7.x86_64"
IMAGE = f"/boot/initramfs-{KERNEL}.img"
MODULES = f"/lib/modules/{KERNEL}"
NVME = "kernel/drivers/nvme/host/nvme.ko"
OF_DRACUT = {"init": "", "usr/lib/dracut-lib.sh": "", f"usr{MODULES}/modules.dep": ""}
OF_NOBODY = {"init": "", f"usr{MODULES}/modules.dep": ""}


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load()


def packed(files: dict[str, str]) -> bytes:
    return Packed(compression=Compression.GZIP, files=files).data()


def planned(knowledge: Knowledge, image: bytes, *more: str, dep: str = f"{NVME}:\n") -> Plan:
    """Plan for a RHEL 7 with this image, `more` empty files, and no trace of dracut besides."""
    guest = MemoryGuest(
        {
            "/etc/os-release": 'ID="rhel"\nVERSION_ID="7.9"\n',
            "/etc/fstab": "",
            f"/boot/vmlinuz-{KERNEL}": "kernel",
            IMAGE: image,
            f"{MODULES}/modules.dep": dep,
            f"{MODULES}/{NVME}": "nvme",
            **dict.fromkeys(more, ""),
        }
    )
    target = knowledge.target("ec2-nitro")
    found = collect(guest, Unknown(unknown="no disks"), (target,))
    return plan(found.facts, found.initramfs, guest, knowledge.rules, target)


def about_images(made: Plan) -> list[Finding]:
    codes = ("GF-LINUX-INITRAMFS-UNREADABLE", "GF-LINUX-DRIVER-MISSING")
    return [each for each in made.findings if each.code in codes]


@pytest.mark.parametrize(
    "more",
    [
        (),
        ("/etc/dracut.conf",),
        ("/usr/lib/dracut/dracut-functions.sh",),
        ("/etc/initramfs-tools/modules",),
        ("/etc/mkinitcpio.conf",),
        ("/sbin/mkinitrd", "/etc/modprobe.conf"),
        ("/etc/sysconfig/kernel", "/lib/mkinitrd/x"),
    ],
)
def test_what_cannot_be_read_is_one_error_whatever_the_guest_has_of_its_maker(
    knowledge: Knowledge, more: tuple[str, ...]
) -> None:
    [finding] = about_images(planned(knowledge, b"no archive", *more))
    assert (finding.code, finding.severity) == ("GF-LINUX-INITRAMFS-UNREADABLE", "error")
    assert KERNEL in finding.evidence[0].path


@pytest.mark.parametrize("more", [(), ("/etc/dracut.conf",)])
def test_dracuts_image_is_extended_with_dracuts_files_and_without(
    knowledge: Knowledge, more: tuple[str, ...]
) -> None:
    made = planned(knowledge, packed(OF_DRACUT), *more)
    assert IMAGE in {change.path for change in made.changes}
    assert about_images(made) == []


@pytest.mark.parametrize(
    ("files", "more"),
    [
        (OF_NOBODY, ()),
        (OF_NOBODY, ("/etc/dracut.conf",)),
        (OF_DRACUT, ("/etc/initramfs-tools/modules",)),
    ],
)
def test_an_image_that_lacks_what_no_rule_adds_is_an_error(
    knowledge: Knowledge, files: dict[str, str], more: tuple[str, ...]
) -> None:
    made = planned(knowledge, packed(files), *more)
    assert IMAGE not in {change.path for change in made.changes}
    [finding] = about_images(made)
    assert (finding.code, finding.severity) == ("GF-LINUX-DRIVER-MISSING", "error")
    assert [(each.path, each.value) for each in finding.evidence] == [(IMAGE, f"lacks nvme for kernel {KERNEL}")]


def test_an_image_with_the_driver_is_no_matter(knowledge: Knowledge) -> None:
    assert about_images(planned(knowledge, packed(OF_NOBODY | {f"usr{MODULES}/{NVME}": ""}))) == []


def test_a_kernel_without_the_driver_is_said_once(knowledge: Knowledge) -> None:
    [finding] = about_images(planned(knowledge, packed(OF_NOBODY), dep="kernel/fs/xfs/xfs.ko:\n"))
    assert finding.message == "a kernel has no driver for the target's disk"
