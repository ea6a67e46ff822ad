"""Copy-on-write overlays over the images of one guest: changes reach the images all together or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from guestfix.disks import qemu_img
from guestfix.disks.errors import (
    HostRefused,
    NeedsOutput,
    NoPlaceForOverlay,
    NoSpace,
    OutputUnsuitable,
    OverlayInTheWay,
)
from guestfix.disks.headers_model import ImageHeader
from guestfix.disks.overlay_output import write_outputs
from guestfix.disks.redo import Progress, clean_up, decide, finish, host_errors, manifest_of, overlay_of, sync
from guestfix.untrusted import shown

# What the manifests and the metadata of images take beside the data of an overlay.
_RESERVE = 4 << 20


def needs_output(header: ImageHeader) -> None:
    """Raise NeedsOutput if QEMU cannot commit an overlay into this image."""
    reason = header.why_not_writable
    if reason is not None:
        raise NeedsOutput(
            f"{shown(str(header.path))} cannot be changed in place: {reason}",
            hint="write the result to a new image: --output FILE.qcow2",
        )


@dataclass(frozen=True, slots=True)
class Overlays:
    """One overlay for each image, in the order of the images. The caller holds exclusive locks on the images."""

    headers: tuple[ImageHeader, ...]

    @classmethod
    def create(cls, headers: Sequence[ImageHeader]) -> Overlays:
        """Make an empty overlay beside each image; call `redo.recover` first.

        Raises ImageLocked if a program has an image open, OverlayInTheWay, NoPlaceForOverlay, NoSpace,
        HostRefused, NoQemuImg, QemuImgFailed; no overlay is left then.
        """
        images = [header.path for header in headers]
        if not images or len(set(images)) != len(images):
            raise OutputUnsuitable("no image, or the same image twice, was named", hint="name each image once")
        for image in images:
            _check_place(image)
        made: list[Path] = []
        try:
            for header in headers:
                qemu_img.info(header.path, header.format)
                made.append(header.path)
                qemu_img.create_overlay(overlay_of(header.path), header.path, header.format)
                with host_errors(overlay_of(header.path)):
                    # The overlay will hold the guest's secrets: let nobody read it who cannot read the image.
                    overlay_of(header.path).chmod((header.path.stat().st_mode & 0o666) | 0o600)
        except BaseException:
            clean_up(made, _silent)
            raise
        return cls(tuple(headers))

    @property
    def paths(self) -> tuple[Path, ...]:
        """The overlays; all are qcow2."""
        return tuple(overlay_of(header.path) for header in self.headers)

    def commit(self, progress: Progress | None = None) -> None:
        """Write the overlays into their images and remove them.

        `progress` hears of each step before it is done. Before the manifest is written nothing has happened, and
        NeedsOutput, HostRefused, NoSpace or ImageLocked can be raised; after it, whatever stops this is made good
        by `redo.recover`.
        """
        step = progress or _silent
        for header in self.headers:
            needs_output(header)
            if not os.access(header.path, os.W_OK):
                raise HostRefused(f"{shown(str(header.path))} may not be written", hint="check its permissions")
            qemu_img.info(header.path, header.format)
        self._check_space()
        for overlay in self.paths:
            step(f"syncing {shown(overlay.name)}")
            with host_errors(overlay):
                sync(overlay)
                sync(overlay.parent)
        step("deciding to commit")
        decide(self.headers)
        finish(self.headers, step)

    def discard(self) -> None:
        """Remove the overlays; the images were never changed."""
        clean_up([header.path for header in self.headers], _silent)

    def write_output(self, outputs: Sequence[Path], overwrite: bool = False) -> None:
        """Write each image with its overlay to a new image; the overlays stay, so `discard` them after.

        Raises OutputUnsuitable, OutputExists, NoSpace, HostRefused, QemuImgFailed; nothing half written stays.
        """
        write_outputs(self.headers, self.paths, outputs, overwrite=overwrite)

    def _check_space(self) -> None:
        needed: dict[int, int] = {}
        for header, overlay in zip(self.headers, self.paths, strict=True):
            with host_errors(overlay):
                device = header.path.stat().st_dev
                needed[device] = needed.get(device, _RESERVE) + overlay.stat().st_blocks * 512
                room = os.statvfs(header.path)
            if room.f_bavail * room.f_frsize < needed[device]:
                raise NoSpace(
                    f"no space to commit to {shown(str(header.path))}: {needed[device] >> 20} MiB are needed",
                    hint="make room, or write to another file system with --output FILE",
                )


def _check_place(image: Path) -> None:
    if not image.is_file():
        raise NoPlaceForOverlay(
            f"{shown(str(image))} is a device, and no overlay can lie beside it", hint="work on it with --in-place"
        )
    if not os.access(image.parent, os.W_OK):
        raise HostRefused(
            f"the overlay cannot be made: {shown(str(image.parent))} may not be written",
            hint="check its permissions",
        )
    for taken in (overlay_of(image), manifest_of(image)):
        if os.path.lexists(taken):
            raise OverlayInTheWay(
                f"{shown(str(taken))} is there already", hint="an earlier run left it: recover the image first"
            )


def _silent(_: str) -> None:
    return None
