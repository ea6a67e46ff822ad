"""Start the libguestfs appliance, and say why when it does not start."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from guestfix.guest.errors import ApplianceFailed, WritesLost
from guestfix.untrusted import shown

if TYPE_CHECKING:
    import guestfs

LOG_LINES: Final = 200
"""Lines of the appliance's console that are kept for the explanation of a failure."""

LOG_LINE: Final = 1000
"""Characters kept of one line."""

PACKAGES: Final = (
    "install it: Debian and Ubuntu python3-guestfs, Fedora python3-libguestfs; a virtual environment needs "
    "--system-site-packages to see it"
)


@dataclass(frozen=True, slots=True)
class Drive:
    """One disk image for the appliance. Its format is never guessed: QEMU could be led to other files."""

    path: Path
    format: str
    """As QEMU calls it: raw, qcow2, vmdk, vpc, vhdx."""
    read_only: bool = True
    throwaway: bool = False
    """An overlay that is discarded unless all went well: QEMU need not flush it (cache mode `unsafe`). Whoever
    keeps it syncs the file on the host after the appliance was closed."""


class Log:
    """The last lines of the appliance's console, and where they are passed on to."""

    def __init__(self, trace: Callable[[str], None] | None = None) -> None:
        self._lines: deque[str] = deque(maxlen=LOG_LINES)
        self._rest = ""
        self._trace = trace

    def hear(self, text: str) -> None:
        """Take in console output as it comes, in pieces of any size."""
        pieces = (self._rest + text).replace("\r", "").split("\n")
        self._rest = pieces.pop()[-LOG_LINE:]
        for line in pieces:
            self._lines.append(line[:LOG_LINE])
            if self._trace is not None:
                self._trace(shown(line[:LOG_LINE], LOG_LINE))

    @property
    def lines(self) -> tuple[str, ...]:
        """The last lines, oldest first."""
        return (*self._lines, self._rest) if self._rest else tuple(self._lines)


def launch(
    drives: Sequence[Drive],
    *,
    accelerator: Literal["kvm", "tcg"],
    memory_mib: int = 1024,
    cpus: int = 1,
    trace: Callable[[str], None] | None = None,
) -> guestfs.GuestFS:
    """Start one appliance with these disks and return its handle; close it with `close`.

    `accelerator` is what `guestfix.accel` found usable. `trace` gets every call and console line, escaped, one at
    a time. The appliance has no network. Ctrl-C is not sent to it: we see it first and shut it down in order.
    Raises ApplianceFailed.
    """
    try:
        import guestfs
    except ImportError as error:
        raise ApplianceFailed(
            f"libguestfs for Python is not installed ({shown(str(error))})", hint=PACKAGES
        ) from error
    log = Log(trace)
    handle = guestfs.GuestFS(python_return_dict=True)
    try:
        events = guestfs.EVENT_APPLIANCE | guestfs.EVENT_LIBRARY | guestfs.EVENT_WARNING
        if trace is not None:
            events |= guestfs.EVENT_TRACE
            handle.set_trace(True)

        def hear(event: int, _handle: int, text: str, _numbers: Sequence[int]) -> None:
            # The console comes in pieces with its own line ends, everything else in whole lines without.
            log.hear(text if event == guestfs.EVENT_APPLIANCE else f"{text}\n")

        handle.set_event_callback(hear, events)
        if "LIBGUESTFS_BACKEND" not in os.environ:
            # libvirt, the default of some distributions, runs QEMU as a user who cannot read the images.
            handle.set_backend("direct")
        settings = [setting for setting in handle.get_backend_settings() if setting != "force_tcg"]
        handle.set_backend_settings([*settings, "force_tcg"] if accelerator == "tcg" else settings)
        handle.set_memsize(memory_mib)
        handle.set_smp(cpus)
        handle.set_network(False)
        handle.set_autosync(True)
        handle.set_pgroup(True)
        handle.set_identifier("guestfix")
        for drive in drives:
            handle.add_drive_opts(
                str(drive.path),
                format=drive.format,
                readonly=drive.read_only,
                cachemode="unsafe" if drive.throwaway else "writeback",
            )
        handle.launch()
    except RuntimeError as error:
        handle.close()
        raise explained(str(error), log.lines) from error
    except BaseException:
        handle.close()
        raise
    return handle


def close(handle: guestfs.GuestFS) -> None:
    """Unmount, flush and end the appliance. Raises WritesLost if not everything reached the disks."""
    try:
        handle.shutdown()
    except RuntimeError as error:
        raise WritesLost(
            f"the appliance could not write everything to the disks: {shown(str(error))}",
            hint="look for I/O errors and a full disk on this host, then run the same command again",
        ) from error
    finally:
        handle.close()


def explained(message: str, log: Sequence[str], boot: Path = Path("/boot")) -> ApplianceFailed:
    """Return the error for a failed launch: what libguestfs said, the telling line of its log, a remedy."""
    everything = "\n".join((message, *log)).lower()
    kernels = sorted(boot.glob("vmlinuz-*")) if boot.is_dir() else []
    if kernels and not any(os.access(kernel, os.R_OK) for kernel in kernels):
        cause = f"no kernel in {boot} can be read (Ubuntu keeps them from users)"
        remedy = f"run as root, or: sudo chmod 0644 {boot}/vmlinuz-*"
    elif not kernels and "supermin" in everything:
        cause = f"there is no kernel in {boot} to build it from"
        remedy = "install one: Debian linux-image-amd64, Ubuntu linux-image-generic, Fedora kernel"
    else:
        cause, remedy = next(
            ((cause, remedy) for words, cause, remedy in _CAUSES if any(word in everything for word in words)),
            (shown(message), "run libguestfs-test-tool and read its last lines"),
        )
    telling = _telling(log)
    if telling:
        remedy += f". The appliance said: {shown(telling)}"
    return ApplianceFailed(f"the libguestfs appliance did not start: {cause}", hint=remedy)


_CAUSES: Final = (
    (
        ("cannot allocate memory", "out of memory", "cannot set up guest memory"),
        "there was not enough memory",
        "give it less or free some; 512 MiB are enough for most guests",
    ),
    (
        ("no space left on device",),
        "the directory for temporary files is full",
        "libguestfs keeps its appliance (about 400 MB) in /var/tmp or LIBGUESTFS_CACHEDIR: make room there",
    ),
    (
        ("failed to get", "failed to lock"),
        "an image is in use by another program",
        "stop the virtual machine that uses it",
    ),
    (
        ("qemu-system-x86_64: no such file", "hypervisor", "qemu-kvm: no such file"),
        "QEMU is not installed",
        "install it: Debian and Ubuntu qemu-system-x86, Fedora qemu-kvm",
    ),
    (
        ("permission denied",),
        "something it needs cannot be read or written",
        "run as root, or make the images and /dev/kvm accessible",
    ),
    (("kvm",), "KVM does not work here", "use emulation"),
    (
        ("supermin",),
        "its appliance could not be built",
        "run libguestfs-test-tool and read its last lines",
    ),
)

_TELLING: Final = ("error", "failed", "cannot", "could not", "panic", "denied", "no such file", "not found")


def _telling(log: Sequence[str]) -> str:
    """Return the last line that names something wrong, or ''."""
    for line in reversed(log):
        if any(word in line.lower() for word in _TELLING):
            return line.strip()
    return ""
