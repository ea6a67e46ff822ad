"""An initramfs by the guest's dracut, for the hardware of its old machine and no other."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from builder.guest import kernel_version
from builder.steps import chroot


def hostonly_for(
    root: Path,
    image: str,
    *,
    modules: Iterable[str],
    absent: Iterable[str],
    options: Iterable[str] = (),
) -> str:
    """Make the guest's file `image` with just the disk drivers `modules`; return the names that are in it.

    What `dracut --hostonly` would make on the machine that `disk.guests_own_devices` shows: it finds the disks
    through the guest's fstab. A machine without any hardware in its /sys has no driver to offer, so those that
    are asked for are all that it takes.
    """
    version = kernel_version(root)
    wanted = list(modules)
    drivers = " ".join(wanted)
    chroot(root, "dracut", "--force", "--hostonly", "--hostonly-cmdline", "--fstab", "--no-hostonly-i18n",
           "--add-drivers", drivers, *options, image, version)  # fmt: skip
    inside = chroot(root, "lsinitrd", image)
    names = {Path(line.split()[-1]).name.split(".ko")[0].replace("-", "_") for line in inside.splitlines() if line}
    assert names >= set(wanted), f"not in the initramfs: {set(wanted) - names}"
    assert not names & set(absent), f"in the initramfs, though unwanted: {names & set(absent)}"
    return inside
