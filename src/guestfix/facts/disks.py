"""What a session knows of a guest's disks before any file of the guest is read."""

from __future__ import annotations

from dataclasses import dataclass

from guestfix.facts.model import Image, Mount, Unknown, Volume


@dataclass(frozen=True, slots=True)
class DiskFacts:
    """Images as given, volumes in the order of the images, and what is mounted where, the root first."""

    images: tuple[Image, ...]
    volumes: tuple[Volume, ...] | Unknown
    mounts: tuple[Mount, ...]

    @property
    def root(self) -> str:
        """The device of the root file system; empty if nothing is mounted at /."""
        return next((mount.device for mount in self.mounts if mount.path == "/"), "")
