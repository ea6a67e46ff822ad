"""The throwaway overlay that takes a guest's writes, so that the image under it is never written."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from guestfix.boot.errors import ImageInUse, ImageUnreadable, NoQemu, QemuFailed
from guestfix.boot.hardware import BootDisk, image_node
from guestfix.errors import GuestfixError
from guestfix.untrusted import shown

QEMU_IMG = "qemu-img"
_SECONDS = 60.0
_WORDS = 500


def throwaway_overlay(image: BootDisk, overlay: Path) -> Path:
    """Make an empty qcow2 as large as `image`. Raises NoQemu, ImageUnreadable, QemuFailed."""
    made = _qemu_img("create", "-q", "-f", "qcow2", str(overlay), str(_virtual_size(image)))
    if made.returncode != 0:
        raise QemuFailed(f"no overlay could be made: {shown(made.stderr.strip(), _WORDS)}", hint="is there space?")
    return overlay


def open_failure(message: str) -> GuestfixError:
    """QEMU's words on an image that it could not open, as one of our errors."""
    last = shown(message.strip().splitlines()[-1] if message.strip() else "no message", _WORDS)
    if "Failed to get" in message and "lock" in message:
        return ImageInUse(
            f"another program has the image open for writing: {last}",
            hint="stop the machine that uses it and try again",
        )
    if "Could not open" in message or "not in" in message or "Could not read" in message:
        return ImageUnreadable(
            f"QEMU cannot open the image: {last}", hint="check its path, format and permissions"
        )
    return QemuFailed(f"QEMU did not start: {last}")


def _virtual_size(image: BootDisk) -> int:
    node = f"json:{json.dumps(image_node(image))}"
    told = _qemu_img("info", "--output=json", node)
    if told.returncode != 0:
        raise open_failure(told.stderr.replace(node, str(image.path)))
    try:
        return int(json.loads(told.stdout)["virtual-size"])
    except (ValueError, KeyError, TypeError) as problem:
        raise QemuFailed("qemu-img did not say how large the image is") from problem


def _qemu_img(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [QEMU_IMG, *arguments]
    try:
        return subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False
        )
    except FileNotFoundError as missing:
        hint = "install it: qemu-utils (Debian), qemu-img (Fedora)"
        raise NoQemu(f"{QEMU_IMG} is not installed", hint=hint) from missing
    except subprocess.TimeoutExpired as stuck:
        raise QemuFailed(f"{QEMU_IMG} {arguments[0]} did not end within {_SECONDS:.0f} s") from stuck
