"""What is mounted for writing: of a Windows only the file systems that the plan touches."""

from __future__ import annotations

import pytest

from guestfix.facts.disks import DiskFacts
from guestfix.guest.mounting import Place, Root
from guestfix.guest.survey import Mounted

BOOT = "/Windows/MEDIA"


class Recorder:
    """Writes down what is mounted, in place of an appliance."""

    def __init__(self) -> None:
        self.mounts: list[str] = []

    def umount_all(self) -> None:
        self.mounts = []

    def mount_options(self, words: str, device: str, path: str) -> None:
        self.mounts.append(f"{path} {words.partition(',')[0]}")


@pytest.mark.parametrize(
    ("family", "paths", "mounts"),
    [
        ("windows", ["/Windows/System32/config/SYSTEM"], ["/"]),
        ("windows", ["/Windows/MEDIAN", f"{BOOT}/EFI/BOOT/BOOTX64.EFI"], ["/", BOOT]),
        ("windows", ["/Windows/MEDIAN/file"], ["/"]),
        ("windows", None, ["/", BOOT]),
        ("linux", ["/etc/fstab"], ["/", BOOT]),
    ],
)
def test_what_the_plan_does_not_touch_is_left_unmounted(
    family: str, paths: list[str] | None, mounts: list[str]
) -> None:
    places = (Place("/dev/sda1", "/", "ntfs", ""), Place("/dev/sda2", BOOT, "vfat", ""))
    root = Root("/dev/sda1", "ntfs", "", family)
    guest, handle = Mounted(DiskFacts((), (), ()), root, places), Recorder()
    guest.make_writable(handle, paths)
    assert handle.mounts == [f"{path} rw" for path in mounts]
    guest.again(handle)
    assert handle.mounts == [f"{path} ro" for path in mounts], "what was written is read back, and nothing else"
