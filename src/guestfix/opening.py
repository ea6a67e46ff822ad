"""Open one guest: look at its images, start the appliance, put its file systems in their places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal

from guestfix import journal_store
from guestfix.accel import usable_accelerator
from guestfix.disk_keys import DiskKey
from guestfix.disks.chain import ChainLink, resolve
from guestfix.disks.formats import examine
from guestfix.disks.headers_model import ImageHeader
from guestfix.disks.locks import LEFT_BEHIND_S, locked
from guestfix.disks.overlay import Overlays, needs_output
from guestfix.disks.overlay_output import check_outputs
from guestfix.disks.qemu_img import info
from guestfix.disks.redo import recover
from guestfix.errors import InternalError
from guestfix.facts.disks import DiskFacts
from guestfix.facts.model import Unknown
from guestfix.guest.appliance import ApplianceGuest
from guestfix.guest.directory import DirectoryGuest
from guestfix.guest.launch import Drive, close, launch
from guestfix.guest.protocol import GuestReader, GuestWriter
from guestfix.guest.remembering import RememberingReader
from guestfix.guest.survey import Mounted, mount_guest, refuse_what_is_no_disk
from guestfix.progress import Cancel, Progress
from guestfix.sources import (
    Access,
    Commit,
    Destination,
    Images,
    LaunchedHandle,
    Output,
    RootDirectory,
    Source,
)


class OpenGuest:
    """A guest whose files can be read, and written if it was opened for that."""

    def __init__(self, guest: GuestWriter, disks: DiskFacts | Unknown, access: Access) -> None:
        self._guest = guest
        self._remembering: RememberingReader | None = None
        self._access = access
        self.disks = disks

    @property
    def reader(self) -> GuestReader:
        """The guest as inspection and planning see it: not written to while they look."""
        self._remembering = self._remembering or RememberingReader(self._guest)
        return self._remembering

    def writer(self, paths: Iterable[str] | None = None) -> GuestWriter:
        """The guest as apply and revert see it; `paths` are all that are to be written, if that is known."""
        if self._access is Access.READ:
            raise InternalError("a guest that was opened for reading is to be written")
        self._remembering = None
        return self._guest

    def reread(self) -> GuestReader:
        """Return the guest as its disks hold it now."""
        self._guest.sync()
        return self._guest

    def keep(self, destination: Destination) -> tuple[Path, ...]:
        """Make what was written final; return the images that hold it."""
        self._guest.sync()
        return ()

    def has_unfinished_run(self) -> bool:
        """Whether a run was killed here; the next one has to deal with that first."""
        return journal_store.unfinished(self._guest) is not None


class ApplianceSession(OpenGuest):
    """A guest on images, in an appliance of ours."""

    def __init__(
        self, handle: Any, access: Access, images: Sequence[ImageHeader], overlays: Overlays | None
    ) -> None:
        guest = ApplianceGuest(handle, sync_when_asked=access is Access.IN_PLACE)
        super().__init__(guest, Unknown(unknown="no file system is mounted yet"), access)
        self._handle: Any = handle
        self._mounted: Mounted | None = None
        self._images = images
        self._overlays = overlays
        self._writable = False

    def mount(self, root_device: str | None, keys: Sequence[DiskKey] = ()) -> None:
        """Find the root and put the file systems in their places, read-only."""
        self._mounted = mount_guest(self._handle, self._images, root_device, keys)
        self.disks = self._mounted.disks

    def writer(self, paths: Iterable[str] | None = None) -> GuestWriter:
        """See `OpenGuest.writer`; file systems are made writable the first time."""
        guest = super().writer(paths)
        if self._mounted is not None and not self._writable:
            self._mounted.make_writable(self._handle, paths)
            self._writable = True
        return guest

    def reread(self) -> GuestReader:
        """Unmount everything and mount it again, read-only: what answers then is the disk, not a cache."""
        if self._mounted is not None:
            self._mounted.again(self._handle)
            self._writable = False
        return self._guest

    def keep(self, destination: Destination) -> tuple[Path, ...]:
        """Close the appliance, then commit the overlay or write the new images."""
        self.close()
        if self._overlays is not None:
            if isinstance(destination, Output):
                self._overlays.write_output(destination.paths, overwrite=destination.overwrite)
                return destination.paths
            self._overlays.commit()
        return tuple(header.path for header in self._images)

    def close(self) -> None:
        """End the appliance; a write that did not reach the disks raises."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            close(handle)

    def abandon(self) -> None:
        """End the appliance without asking whether all writes arrived: nothing of it is kept."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            handle.close()


@contextmanager
def open_guest(
    source: Source,
    access: Access,
    *,
    destination: Destination | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Iterator[OpenGuest]:
    """Open the guest of `source` and close it again; what was not kept by then is thrown away.

    Raises the errors of `disks`, ApplianceFailed, NoOperatingSystem, SeveralOperatingSystems, MountFailed.
    """
    told, token = progress or Progress(), cancel or Cancel()
    match source:
        case RootDirectory(path):
            with DirectoryGuest(path) as guest:
                yield OpenGuest(guest, Unknown(unknown="a mounted root was given, and no disks"), access)
        case LaunchedHandle(handle):
            yield OpenGuest(
                ApplianceGuest(handle), Unknown(unknown="a mounted handle was given, and no disks"), access
            )
        case Images():
            with _open_images(source, access, destination or Commit(), told, token) as session:
                yield session


@contextmanager
def _open_images(
    source: Images, access: Access, destination: Destination, told: Progress, token: Cancel
) -> Iterator[ApplianceSession]:
    told.stage("look at the images")
    with ExitStack() as stack:
        paths = [path.resolve() for path in source.paths]
        for path in source.paths:
            examine(path, source.format)
        exclusive = access is not Access.READ or _has_redo(paths)
        stack.enter_context(locked(paths, exclusive, wait_s=LEFT_BEHIND_S))
        if (done := recover(paths)) is not None:
            told.stage("finish an earlier run", done)
        headers = [examine(path, source.format) for path in source.paths]
        chains = [resolve(header, source.allow_backing) for header in headers]
        for header in headers:
            info(header.path, header.format)
            refuse_what_is_no_disk(header)
            if access is Access.IN_PLACE or (access is Access.OVERLAY and isinstance(destination, Commit)):
                needs_output(header)
        if isinstance(destination, Output):
            check_outputs(headers, destination.paths, overwrite=destination.overwrite)
        overlays: Overlays | None = None
        if access is Access.OVERLAY:
            overlays = Overlays.create(headers)
            stack.callback(overlays.discard)
        token.check()
        session = _session(source, access, headers, chains, overlays, told, stack)
        token.check()
        yield session


def _session(
    source: Images,
    access: Access,
    headers: Sequence[ImageHeader],
    chains: Sequence[Sequence[ChainLink]],
    overlays: Overlays | None,
    told: Progress,
    stack: ExitStack,
) -> ApplianceSession:
    accelerator, why = _accelerator(source.accelerator)
    told.stage("launch the appliance", why)
    if overlays is not None:
        drives = [Drive(path, "qcow2", read_only=False, throwaway=True) for path in overlays.paths]
    else:
        drives = [Drive(header.path, header.format, read_only=access is Access.READ) for header in headers]
    handle = launch(drives, accelerator=accelerator, memory_mib=source.appliance_mib)
    session = ApplianceSession(handle, access, headers, overlays)
    stack.callback(session.abandon)
    told.stage("find the root file system")
    session.mount(source.root_device, source.keys)
    return session


def _accelerator(wanted: str) -> tuple[Literal["kvm", "tcg"], str]:
    if wanted == "kvm":
        return "kvm", "KVM, as asked for"
    if wanted == "tcg":
        return "tcg", "emulated, as asked for"
    found = usable_accelerator()
    return found.name, found.why if found.name == "tcg" else "KVM"


def _has_redo(paths: Sequence[Path]) -> bool:
    return any(path.parent.glob(f"{_literal(path.name)}.guestfix-*") for path in paths)


def _literal(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)
