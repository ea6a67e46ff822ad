"""Writing the result to new images, each one whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from guestfix.disks import qemu_img
from guestfix.disks.errors import NoSpace, OutputExists, OutputUnsuitable
from guestfix.disks.headers_model import ImageHeader
from guestfix.disks.redo import host_errors, overlay_of, sync
from guestfix.untrusted import shown

_FORMATS = {".qcow2": "qcow2", ".raw": "raw", ".img": "raw"}


def write_outputs(
    headers: Sequence[ImageHeader], overlays: Sequence[Path], outputs: Sequence[Path], *, overwrite: bool
) -> None:
    """Convert each overlay to the output of the same place, then give all of them their names.

    Raises OutputUnsuitable, OutputExists, NoSpace, HostRefused and the errors of `qemu_img.convert`.
    """
    check_outputs(headers, outputs, overwrite=overwrite)
    targets = [Path(os.path.realpath(output)) for output in outputs]
    _check_space(overlays, targets)
    parts = [target.with_name(f".{target.name}.guestfix-part") for target in targets]
    fresh = [target for target in targets if not os.path.lexists(target)]
    named: list[Path] = []
    try:
        for header, overlay, target, part in zip(headers, overlays, targets, parts, strict=True):
            with host_errors(part):
                part.unlink(missing_ok=True)
                # Made here, for its mode: the guest's secrets go into it.
                os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
                part.chmod((header.path.stat().st_mode & 0o666) | 0o600)
            qemu_img.convert(overlay, "qcow2", part, _FORMATS[target.suffix])
            with host_errors(part):
                sync(part)
        for target, part in zip(targets, parts, strict=True):
            _give_name(part, target, overwrite=overwrite)
            named.append(target)
    except BaseException:
        for leftover in [*parts, *(target for target in named if target in fresh)]:
            with suppress(OSError):
                leftover.unlink(missing_ok=True)
        raise


def _give_name(part: Path, target: Path, *, overwrite: bool) -> None:
    if not overwrite and os.path.lexists(target):
        raise _exists(target)
    with host_errors(target):
        part.replace(target)
        sync(target.parent)


def check_outputs(headers: Sequence[ImageHeader], outputs: Sequence[Path], *, overwrite: bool) -> None:
    """Refuse outputs that could not be written, before anything is started for them.

    Raises OutputUnsuitable, OutputExists.
    """
    targets = [Path(os.path.realpath(output)) for output in outputs]
    if len(targets) != len(headers):
        raise OutputUnsuitable(
            f"{len(headers)} images need {len(headers)} outputs, not {len(targets)}",
            hint="give --output once for each image, in the same order",
        )
    if len(set(targets)) != len(targets):
        raise OutputUnsuitable("two outputs are the same file", hint="name each output once")
    taken = {header.path for header in headers} | {overlay_of(header.path) for header in headers}
    taken |= {
        Path(os.path.realpath(h.path.parent / reference.name)) for h in headers for reference in h.references
    }
    for target in targets:
        if target.suffix not in _FORMATS:
            raise OutputUnsuitable(
                f"the name of {shown(str(target))} does not say its format",
                hint=f"end it in {', '.join(_FORMATS)}",
            )
        if target in taken or any(target.exists() and target.samefile(other) for other in taken if other.exists()):
            raise OutputUnsuitable(
                f"the output {shown(str(target))} is one of the inputs", hint="choose another name"
            )
        if not target.parent.is_dir():
            raise OutputUnsuitable(f"there is no folder {shown(str(target.parent))}", hint="make it first")
        if os.path.lexists(target):
            if not overwrite:
                raise _exists(target)
            if not target.is_file():
                raise OutputUnsuitable(f"{shown(str(target))} is not a plain file", hint="choose another name")


def _check_space(overlays: Sequence[Path], targets: Sequence[Path]) -> None:
    needed: dict[int, int] = {}
    for overlay, target in zip(overlays, targets, strict=True):
        size = qemu_img.measure(overlay, "qcow2")
        with host_errors(target):
            device = target.parent.stat().st_dev
            room = os.statvfs(target.parent)
        needed[device] = needed.get(device, 0) + size
        if room.f_bavail * room.f_frsize < needed[device]:
            raise NoSpace(
                f"the outputs need {needed[device] >> 20} MiB, too much for {shown(str(target.parent))}",
                hint="make room, or write to another file system",
            )


def _exists(target: Path) -> OutputExists:
    return OutputExists(
        f"{shown(str(target))} exists already", hint="choose another name, or allow it with --overwrite"
    )
