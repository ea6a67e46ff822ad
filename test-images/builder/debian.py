"""Debian base systems: made by mmdebstrap from the machine's own mirror, kept as tar files in the cache."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from builder import cache
from builder.steps import BuildFailed, run, step

# What a small server has. No initramfs is made yet: each recipe makes its own, for its own hardware.
SERVER = (
    "linux-image-amd64",
    "initramfs-tools",
    "zstd",
    "systemd-sysv",
    "udev",
    "kmod",
    "dbus",
    "ifupdown",
    "isc-dhcp-client",
    "iproute2",
    "openssh-server",
    "e2fsprogs",
    "fdisk",
    "procps",
    "acl",
    "attr",
)
WITHOUT_IFUPDOWN = tuple(name for name in SERVER if name not in ("ifupdown", "isc-dhcp-client"))
# The guests with the tools of the Red Hat family share one base.
LIKE_RED_HAT = (
    *(name for name in WITHOUT_IFUPDOWN if name != "initramfs-tools"),
    "dracut",
    "network-manager",
    "btrfs-progs",
    "systemd-boot",
    "grub-pc",
)
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")


def unpack_base(suite: str, packages: Sequence[str], root: Path, *, left_out: Sequence[str] = ()) -> None:
    """Fill `root` with a base system of `suite` that has `packages` and what they need, less the `left_out`."""
    tar = _base(suite, sorted(packages), sorted(left_out))
    with step(f"unpack Debian {suite}"):
        run("tar", "--extract", "--file", tar, "--directory", root, "--numeric-owner",
            "--xattrs", "--xattrs-include=*")  # fmt: skip


def _base(suite: str, packages: Sequence[str], left_out: Sequence[str]) -> Path:
    key = cache.digest_of([suite, *packages, *left_out, Path(__file__)])
    folder = cache.folder() / "bases" / f"debian-{suite}-{key}"

    def make(unfinished: Path) -> None:
        with step(f"mmdebstrap {suite}, {len(packages)} packages named"):
            _mmdebstrap(suite, packages, left_out, unfinished / "base.tar.zst")

    return cache.published(folder, make) / "base.tar.zst"


def _mmdebstrap(suite: str, packages: Sequence[str], left_out: Sequence[str], tar: Path) -> None:
    options = ["--mode=root", "--variant=minbase", "--quiet", f"--include={','.join(packages)}"]
    options.append('--aptopt=APT::Install-Recommends "false"')
    options.append("--dpkgopt=force-unsafe-io")
    options += [f"--dpkgopt=path-exclude={pattern}" for pattern in (*LEFT_OUT, *left_out)]
    # The kernel's hook /etc/kernel/postinst.d/initramfs-tools makes no initramfs where INITRD=No.
    environment = os.environ | {"INITRD": "No"}
    command = ["mmdebstrap", *options, suite, str(tar), *_sources(suite)]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError as missing:
        raise BuildFailed("mmdebstrap is missing: run tools/install-packages") from missing
    if done.returncode != 0:
        last = "\n".join(done.stderr.splitlines()[-20:])
        raise BuildFailed(f"mmdebstrap ended with {done.returncode}:\n{last}")


def _sources(suite: str) -> list[str]:
    """The sources.list lines of `suite` and its updates, from what this machine's apt uses itself.

    Where the machine knows another release of Debian only, its mirrors are asked for `suite`: they carry all.
    """
    fields = "$(ORIGIN)|$(CODENAME)|$(COMPONENT)|$(REPO_URI)"
    targets = run("apt-get", "indextargets", "--format", fields, "Identifier: Packages")
    lines = []
    for target in targets.splitlines():
        origin, codename, component, uri = target.split("|", 3)
        release, dash, pocket = codename.partition("-")
        if origin == "Debian" and pocket in {"", "updates", "security"}:
            lines.append((release, f"deb {uri} {suite}{dash}{pocket} {component}"))
    if not lines:
        raise BuildFailed(f"this machine's apt has no Debian to build {suite} from: add it to its sources")
    own = [line for release, line in lines if release == suite]
    return list(dict.fromkeys(own or [line for _, line in lines]))
