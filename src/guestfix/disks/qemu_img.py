"""qemu-img, with explicit formats, limits, and its failures as our errors."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from guestfix.disks.errors import ImageLocked, NoQemuImg, NoSpace, QemuImgFailed
from guestfix.untrusted import shown

QEMU_IMG = "qemu-img"
PRLIMIT = "prlimit"

# OpenStack's limits for `qemu-img info` on an image of a stranger (nova, CVE-2015-5162).
_INFO_MEMORY = 1 << 30
_INFO_CPU_SECONDS = 30
_INFO_SECONDS = 60.0
_CREATE_SECONDS = 60.0
# A whole disk is copied; only a stuck one takes this long.
_COPY_SECONDS = 24 * 3600.0
_MOST_INFO = 1 << 20


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What QEMU says of an image that it could open; sizes in bytes."""

    format: str
    virtual_size: int
    actual_size: int


def info(path: Path, format: str) -> ImageInfo:
    """Open an image as `format` and close it again; its backing file is not opened.

    Raises ImageLocked if a program has it open for writing, NoQemuImg, QemuImgFailed.
    """
    told = _run(
        ["info", "--output=json", "-f", format, str(_plain(path))],
        seconds=_INFO_SECONDS,
        limits=[f"--as={_INFO_MEMORY}", f"--cpu={_INFO_CPU_SECONDS}"],
    )
    try:
        answer = json.loads(told[:_MOST_INFO])
        return ImageInfo(str(answer["format"]), int(answer["virtual-size"]), int(answer["actual-size"]))
    except (ValueError, KeyError, TypeError) as problem:
        raise QemuImgFailed(f"qemu-img says nothing useful about {shown(str(path))}") from problem


def create_overlay(overlay: Path, backing: Path, backing_format: str) -> None:
    """Make an empty qcow2 over `backing`, which lies in the same folder and is named relative to it.

    Raises ImageLocked, NoSpace, NoQemuImg, QemuImgFailed.
    """
    # "./" keeps a colon in the name from being taken for a protocol.
    arguments = [
        "create",
        "-q",
        "-f",
        "qcow2",
        "-b",
        f"./{backing.name}",
        "-F",
        backing_format,
        str(_plain(overlay)),
    ]
    _run(arguments, seconds=_CREATE_SECONDS)


def commit(overlay: Path) -> None:
    """Write what an overlay holds into its backing image; the overlay stays as it is (-d).

    Can be repeated after a failure. Raises ImageLocked, NoSpace, NoQemuImg, QemuImgFailed.
    """
    _run(["commit", "-q", "-d", "-f", "qcow2", str(_plain(overlay))], seconds=_COPY_SECONDS)


def convert(source: Path, source_format: str, output: Path, output_format: str) -> None:
    """Write the content of an image to a new one. Raises ImageLocked, NoSpace, NoQemuImg, QemuImgFailed."""
    arguments = [
        "convert",
        "-q",
        "-f",
        source_format,
        "-O",
        output_format,
        str(_plain(source)),
        str(_plain(output)),
    ]
    _run(arguments, seconds=_COPY_SECONDS)


def copy_start(source: Path, source_format: str, output: Path, length: int) -> None:
    """Write the first `length` bytes of an image's content to a new file; `length` is a multiple of 512.

    Raises ImageLocked, NoSpace, NoQemuImg, QemuImgFailed.
    """
    arguments = ["dd", "-f", source_format, "-O", "raw", "bs=512", f"count={length // 512}"]
    _run([*arguments, f"if={_plain(source)}", f"of={_plain(output)}"], seconds=_INFO_SECONDS)


def measure(path: Path, format: str) -> int:
    """Return how many bytes the data of an image and its backing files take in a new image (qcow2)."""
    told = _run(
        ["measure", "--output=json", "-f", format, "-O", "qcow2", str(_plain(path))], seconds=_COPY_SECONDS
    )
    try:
        return int(json.loads(told[:_MOST_INFO])["required"])
    except (ValueError, KeyError, TypeError) as problem:
        raise QemuImgFailed(f"qemu-img cannot measure {shown(str(path))}") from problem


def _plain(path: Path) -> Path:
    """An absolute path has a slash before any colon, so QEMU sees no protocol in it, and no option."""
    return path.absolute()


def _run(arguments: list[str], *, seconds: float, limits: list[str] | None = None) -> str:
    command = [PRLIMIT, *limits, QEMU_IMG, *arguments] if limits else [QEMU_IMG, *arguments]
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        # subprocess.run kills the child on a timeout, on KeyboardInterrupt and on any other exception.
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False, env=environment
        )
    except FileNotFoundError as problem:
        raise _missing(command[0]) from problem
    except subprocess.TimeoutExpired as problem:
        raise QemuImgFailed(
            f"qemu-img {arguments[0]} did not end within {seconds:.0f} s", hint="is the image's storage stuck?"
        ) from problem
    if done.returncode != 0:
        raise _failure(arguments[0], done.returncode, done.stderr.decode("utf-8", "surrogateescape"))
    return done.stdout.decode("utf-8", "surrogateescape")


def _missing(program: str) -> NoQemuImg:
    if program == PRLIMIT:
        return NoQemuImg("prlimit is not installed", hint="install util-linux")
    return NoQemuImg("qemu-img is not installed", hint="install qemu-utils (Debian, Ubuntu) or qemu-img (Fedora)")


def _failure(command: str, status: int, message: str) -> NoQemuImg | NoSpace | ImageLocked | QemuImgFailed:
    said = shown(message.strip().replace("\n", "; ") or f"status {status}", 400)
    if "failed to execute" in message and PRLIMIT in message:
        return _missing(QEMU_IMG)
    if "Failed to get" in message and "lock" in message:
        return ImageLocked(
            "the image is in use by another program, a running VM?",
            hint="stop what uses the image, then try again",
        )
    if "No space left on device" in message or "Disk quota exceeded" in message:
        return NoSpace(f"qemu-img {command} ran out of space", hint="make room, then run the same command again")
    return QemuImgFailed(
        f"qemu-img {command} failed: {said}", hint="see the message above for the file that it names"
    )
