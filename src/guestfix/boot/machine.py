"""One QEMU process and what it is doing. It lives inside `running` and is dead after it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from guestfix.boot.console import SerialLog
from guestfix.boot.dhcp import dhcp_messages, leased_address
from guestfix.boot.errors import NoQemu, QemuFailed
from guestfix.boot.firmware import uefi_firmware
from guestfix.boot.hardware import BootDisk, Hardware, disk_arguments, machine_arguments, network_arguments
from guestfix.boot.overlay import open_failure, throwaway_overlay
from guestfix.boot.processor import Processors, processors
from guestfix.boot.qmp import Monitor
from guestfix.boot.screen import text_on_screen
from guestfix.boot.ssh import free_port, ssh_banner
from guestfix.boot.watch import Observation

QEMU = "qemu-system-x86_64"
LOG_LIMIT = 16 << 20
OVERLAY_LIMIT = 8 << 30
SCREEN_EVERY_S = 2.0
PCAP_HEADER = 24
PORTS_TO_TRY = 3
_PORT_TAKEN = "Could not set up host forwarding rule"


class Machine:
    """A running machine: `observe` looks at it, nothing in here waits for the guest."""

    def __init__(self, folder: Path, monitor: Monitor, port: int, overlays: Sequence[Path], process: int) -> None:
        self.serial_log = folder / "serial.log"
        self.capture = folder / "network.pcap"
        self.screenshot = folder / "screen.png"
        self._picture = folder / "screen.ppm"
        self._overlays = overlays
        self._monitor = monitor
        self._port = port
        self._process = process
        self._serial = SerialLog(self.serial_log)
        self._screen: tuple[str, ...] = ()
        self._state = Processors()
        self._read = self._restarts = 0
        self._begin = self._next_screen = time.monotonic()

    def observe(self) -> Observation:
        """Look once. A QEMU that has ended is an observation too, not an error."""
        seconds = time.monotonic() - self._begin
        ended = None
        try:
            self._look()
        except QemuFailed as failure:
            ended = f"the machine ended: {failure.message}"
        packets = _start_of(self.capture)
        dhcp = dhcp_messages(packets)
        console = "\n".join((self._serial.text(), *self._screen))
        ended = ended or self._over_limit(len(packets))
        if "SHUTDOWN" in self._monitor.events:
            ended = "the guest switched itself off"
        banner = ssh_banner(self._port) if leased_address(dhcp) is not None and ended is None else None
        return Observation(
            seconds=seconds,
            starved=min(seconds, starved_seconds(self._process)),
            console=console,
            bytes_read=self._read,
            processors=self._state,
            packets_seen=len(packets) > PCAP_HEADER,
            dhcp=dhcp,
            banner=banner,
            restarts=self._restarts,
            ended=ended,
        )

    def take_screenshot(self) -> bool:
        """Keep the screen as PNG; False if this QEMU cannot (before 7.1) or has ended."""
        try:
            self._monitor.command("screendump", filename=str(self.screenshot), format="png")
        except QemuFailed:
            return False
        return True

    def _look(self) -> None:
        self._state = processors(self._monitor.human("info registers -a"))
        self._read = bytes_read(self._monitor.command("query-blockstats"))
        if self._monitor.events.count("RESET") > self._restarts:
            self._restarts = self._monitor.events.count("RESET")
            self._serial.forget()
        if time.monotonic() >= self._next_screen:
            self._monitor.command("screendump", filename=str(self._picture))
            self._screen = text_on_screen(self._picture.read_bytes())
            self._next_screen = time.monotonic() + SCREEN_EVERY_S

    def _over_limit(self, captured: int) -> str | None:
        if self._serial.size > LOG_LIMIT:
            return f"stopped: the guest wrote more than {LOG_LIMIT >> 20} MiB to its serial console"
        if captured > LOG_LIMIT:
            return f"stopped: the guest sent more than {LOG_LIMIT >> 20} MiB to the network"
        if sum(overlay.stat().st_blocks * 512 for overlay in self._overlays) > OVERLAY_LIMIT:
            return f"stopped: the guest wrote more than {OVERLAY_LIMIT >> 30} GiB to its disks"
        return None


@contextmanager
def running(folder: Path, images: Sequence[BootDisk], hardware: Hardware, accelerator: str) -> Iterator[Machine]:
    """Start the machine with its throwaway files in `folder`; whatever happens inside, QEMU is killed after.

    Raises NoQemu, NoUefiFirmware, ImageInUse, ImageUnreadable, QemuFailed.
    """
    overlays = [throwaway_overlay(image, folder / f"disk{number}.qcow2") for number, image in enumerate(images)]
    fixed = [*machine_arguments(hardware, accelerator), *_firmware_arguments(folder, hardware)]
    fixed += disk_arguments(hardware, list(zip(overlays, images, strict=True)))
    for _ in range(PORTS_TO_TRY):
        port = free_port()
        arguments = [*fixed, *network_arguments(hardware, port, folder / "network.pcap")]
        with _qemu(arguments, folder) as (monitor, process):
            try:
                monitor.greet()
            except QemuFailed:
                message = (folder / "qemu.log").read_text(errors="replace")
                if _PORT_TAKEN in message:
                    continue
                raise open_failure(message) from None
            yield Machine(folder, monitor, port, overlays, process)
            return
    raise QemuFailed("QEMU found no free port on the loopback interface", hint="try again")


@contextmanager
def _qemu(arguments: Sequence[str], folder: Path) -> Iterator[tuple[Monitor, int]]:
    if shutil.which(QEMU) is None:
        raise NoQemu(f"{QEMU} is not installed", hint="install it: qemu-system-x86 (Debian, Ubuntu, Fedora)")
    # If we are killed, so is QEMU: setpriv (util-linux) asks the kernel for that. A session of its own keeps
    # Ctrl-C from reaching QEMU before us. The sandbox is QEMU's seccomp filter, since the guest may be hostile.
    command = ["setpriv", "--pdeathsig", "KILL", "--", QEMU, *arguments]
    command += ["-nodefaults", "-no-user-config", "-no-shutdown", "-display", "none", "-qmp", "stdio"]
    command += ["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"]
    command += ["-chardev", f"file,id=serial,path={_escaped(folder / 'serial.log')}", "-serial", "chardev:serial"]
    ours, theirs = socket.socketpair()
    with ours, (folder / "qemu.log").open("wb") as log:
        with theirs:
            ends = theirs.fileno()
            process = subprocess.Popen(command, stdin=ends, stdout=ends, stderr=log, start_new_session=True)
        try:
            yield Monitor(ours), process.pid
        finally:
            process.kill()
            process.wait()


def starved_seconds(process: int) -> float:
    """The longest that a thread of a process has waited for a processor; 0.0 where the kernel does not say.

    The second number of schedstat, in nanoseconds (Linux Documentation/scheduler/sched-stats.rst).
    """
    waited = [0]
    for thread in Path(f"/proc/{process}/task").glob("*/schedstat"):
        with suppress(OSError, IndexError, ValueError):
            waited.append(int(thread.read_text().split()[1]))
    return max(waited) / 1e9


def bytes_read(blockstats: Any) -> int:
    """The bytes that all disks gave so far, from the answer to query-blockstats."""
    try:
        return sum(int(device["stats"]["rd_bytes"]) for device in blockstats)
    except (TypeError, KeyError, ValueError) as problem:
        raise QemuFailed("QEMU's block statistics have an unknown form") from problem


def _start_of(file: Path) -> bytes:
    try:
        with file.open("rb") as content:
            return content.read(LOG_LIMIT + 1)
    except FileNotFoundError:
        return b""


def _escaped(path: Path) -> str:
    """A path in an option list of QEMU: a comma would end it and is doubled (qemu(1))."""
    return str(path).replace(",", ",,")


def _firmware_arguments(folder: Path, hardware: Hardware) -> list[str]:
    if hardware.firmware == "bios":
        return []
    firmware = uefi_firmware()
    variables = folder / "uefi-variables.fd"
    shutil.copyfile(firmware.variables, variables)
    return [
        "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={_escaped(firmware.code)}",
        "-drive", f"if=pflash,unit=1,format=raw,file={_escaped(variables)}",
    ]  # fmt: skip
