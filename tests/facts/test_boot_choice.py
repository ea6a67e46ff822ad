"""Which kernels can be a default on a target, and which cannot however the plan helps."""

from __future__ import annotations

from typing import Literal

import pytest

from guestfix.facts.boot_choice import cannot_start, kernel_of
from guestfix.facts.model import BootEntry, DriverState, Initramfs, Kernel, Readiness, Unknown
from guestfix.rules.target import Drivers, Hardware, Need, Target

XEN = Target(
    id="xen",
    summary="x",
    source=("x",),
    firmware=("bios",),
    drivers=Drivers(
        storage=(
            Need(device="Xen disk", modules=("xen_blkfront",), instead=("xenblk",)),
            Need(device="spare", modules=("spare",), optional=True),
        ),
        network=(),
    ),
    proof=(Hardware(disk="ide", nic="e1000"),),
)
NOT_READ = Unknown(unknown="not read")


def kernel(
    states: dict[str, DriverState],
    *,
    initramfs: Initramfs | Unknown | None = NOT_READ,
    kind: Literal["normal", "rescue", "kdump", "xen-pv", "debug"] = "normal",
    modules: str | None = "/lib/modules/1",
    boots: bool | Unknown = False,
) -> Kernel:
    ready = Readiness(storage=states, network={}, boots=boots, answers=True)
    return Kernel(
        version="1",
        image="/boot/vmlinuz-1",
        initramfs=initramfs,
        modules_directory=modules,
        modules_on_disk=1,
        modules_built_in=1,
        kind=kind,
        targets={"xen": ready},
    )


MISSING, ON_DISK, BUILT_IN = DriverState.MISSING, DriverState.ON_DISK, DriverState.BUILT_IN


def test_a_driver_on_disk_is_enough_where_an_initramfs_can_take_it() -> None:
    states = {"xen_blkfront": ON_DISK, "xenblk": MISSING}
    assert cannot_start(kernel(states), XEN) is None
    assert cannot_start(kernel(states, initramfs=None), XEN) == (
        "has no xen_blkfront for the Xen disk and no initramfs"
    )


def test_another_driver_for_the_same_device_is_as_good() -> None:
    assert cannot_start(kernel({"xen_blkfront": MISSING, "xenblk": BUILT_IN}), XEN) is None
    assert cannot_start(kernel({"xen_blkfront": MISSING, "xenblk": MISSING}), XEN) == (
        "has no xen_blkfront for the Xen disk"
    )


@pytest.mark.parametrize("kind", ["rescue", "kdump", "xen-pv", "debug"])
def test_a_special_kernel_is_no_default_even_with_every_driver(
    kind: Literal["rescue", "kdump", "xen-pv", "debug"],
) -> None:
    states = {"xen_blkfront": BUILT_IN, "xenblk": BUILT_IN}
    assert cannot_start(kernel(states, kind=kind, boots=True), XEN) == f"is a {kind} kernel"


def test_what_nobody_knows_speaks_against_no_kernel() -> None:
    states = {"xen_blkfront": MISSING, "xenblk": MISSING}
    assert cannot_start(kernel(states, modules=None, boots=NOT_READ), XEN) is None
    bare = kernel(states).model_copy(update={"targets": {}})
    assert cannot_start(bare, XEN) is None


@pytest.mark.parametrize(
    "path", ["/vmlinuz-1", "/boot/vmlinuz-1", "(hd0,0)/vmlinuz-1", "($root)/@/boot/vmlinuz-1"]
)
def test_a_menu_calls_a_kernel_by_a_path_of_its_own(path: str) -> None:
    entry = BootEntry(title="", id="0", kernel=path, command_line="", source="/boot/grub/grub.cfg", line=1)
    known = kernel({})
    assert kernel_of(entry, [known]) is known
    assert kernel_of(entry.model_copy(update={"kernel": path + "0"}), [known]) is None


def test_of_two_kernels_called_linux_an_entry_loads_the_one_that_its_path_says() -> None:
    old, new, copy = (
        kernel({}).model_copy(update={"image": image})
        for image in ("/boot/efi/99/1/linux", "/boot/efi/99/2/linux", "/boot/vmlinuz-2")
    )
    entry = BootEntry(
        title="t", id="2", kernel="/99/2/linux", command_line="", source="/boot/efi/loader/entries/2.conf", line=1
    )
    assert kernel_of(entry, [copy, old, new]) is new
    assert kernel_of(entry.model_copy(update={"kernel": "/99/3/linux"}), [copy, old, new]) is None
    on_esp = copy.model_copy(update={"image": "/boot/efi/vmlinuz-2"})
    assert kernel_of(entry.model_copy(update={"kernel": "/vmlinuz-2"}), [copy, on_esp]) is on_esp
    assert kernel_of(entry.model_copy(update={"kernel": "/@rootfs/boot/vmlinuz-2"}), [on_esp, copy]) is copy
