"""Guests on LVM, LUKS and md, put together in a libguestfs appliance: a host's kernel may know none of these.

The root is made on the host first, in a file system of its own, where programs run at full speed. That is the last
disk of the appliance, which copies it to where it belongs, block by block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import guestfs

from builder import debian, disk
from builder.steps import CLEAN, BuildFailed, run, step

# The same for every guest with such storage, so that they share one base system.
PACKAGES = (*debian.SERVER, "grub-pc", "lvm2", "mdadm", "cryptsetup-initramfs", "xfsprogs", "netplan.io")
ROOT_MIB = 1400


@contextmanager
def prepared_root(source: Path, kind: str, uuid: str, *, boot: str | None = None) -> Iterator[Path]:
    """Yield the root of a Debian 12 with PACKAGES, mounted from the image `source`, which is made: ext4 or xfs.

    `boot` is the device with the file system for /boot, if that is one of its own. The host's /dev, /proc and /sys
    are there for the guest's programs.
    """
    # In a partition, for the generator of GRUB's menu follows /dev/loop0 to the file behind it.
    disk.partitioned(source, ROOT_MIB + 1, f"label: dos\nstart=2048, size={ROOT_MIB * disk.MIB // disk.SECTOR}\n")
    with disk.attached(source) as device:
        node = disk.partition(device, 1)
        if kind == "xfs":
            run("mkfs.xfs", "-q", "-m", f"uuid={uuid}", node)
        else:
            disk.make_ext4(node, uuid)
        with disk.mounted(node, source.with_name("root")) as root:
            if boot is not None:
                (root / "boot").mkdir()
                run("mount", boot, root / "boot")
            debian.unpack_base("bookworm", PACKAGES, root)
            disk.bind_host_devices(root)
            yield root


class Appliance:
    """A running appliance. The guest's disks are /dev/sda and on; the prepared root is mounted at /."""

    def __init__(self, handle: Any, source: str) -> None:
        self.handle = handle
        self._source = source

    def run(self, *command: str) -> str:
        """Run a program of the root that is mounted, in it; return what it printed."""
        return str(self.handle.command([*CLEAN, *command]))

    def move_root(self, device: str) -> None:
        """Copy the prepared root onto `device`, whose blocks are zeros, and mount that at / in its stead."""
        with step(f"copy the root to {device}"):
            self.handle.umount_all()
            self.handle.copy_device_to_device(self._source, device, sparse=True)
        self.handle.mount(device, "/")

    def make_group(self, name: str, device: str, swap_uuid: str) -> None:
        """Make a volume group with the logical volumes root, which gets the prepared root, and swap."""
        self.handle.pvcreate(device)
        self.handle.vgcreate(name, [device])
        self.handle.lvcreate("root", name, ROOT_MIB)
        self.handle.lvcreate_free("swap", name, 100)
        self.handle.mkswap(f"/dev/{name}/swap", uuid=swap_uuid)
        self.move_root(f"/dev/{name}/root")


@contextmanager
def started(disks: Sequence[Path], source: Path) -> Iterator[Appliance]:
    """Start an appliance with the guest's disks and the prepared root, which is gone afterwards."""
    handle = guestfs.GuestFS(python_return_dict=True)
    try:
        with step("start the appliance"):
            handle.set_backend("direct")
            # Emulated: /dev/kvm may be there and not work, and this is too short to find out.
            handle.set_backend_settings(["force_tcg"])
            handle.set_memsize(1024)
            for image in (*disks, source):
                handle.add_drive_opts(str(image), format="raw", cachemode="unsafe")
            handle.launch()
            prepared = f"{handle.list_devices()[-1]}1"
            handle.mount(prepared, "/")
        yield Appliance(handle, prepared)
        handle.shutdown()
    except RuntimeError as error:
        raise BuildFailed(f"in the appliance: {error}") from error
    finally:
        handle.close()
        source.unlink()
