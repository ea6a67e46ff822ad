"""`prove`: boot a guest on given hardware and come back with a verdict."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from guestfix.accel import Accelerator, usable_accelerator
from guestfix.boot.dhcp import leased_address
from guestfix.boot.errors import NothingToBoot
from guestfix.boot.hardware import BootDisk, Hardware
from guestfix.boot.machine import Machine, running
from guestfix.boot.verdict import Verdict
from guestfix.boot.watch import Conclusion, Patience, Watch
from guestfix.untrusted import shown

LOOK_EVERY_S = 0.4
LAST_LINES = 4


def prove(
    images: Sequence[BootDisk],
    hardware: Hardware,
    *,
    timeout_s: float | None = None,
    keep: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
    accelerator: Accelerator | None = None,
) -> Verdict:
    """Boot `images` (the first one holds the boot code) on `hardware` until SSH answers or hope ends.

    The images are never written: the guest writes to an overlay that is thrown away. The guest reaches no network
    and no file of this host. `timeout_s` bounds the whole boot (default: 240 s emulated, 150 s with KVM, in which
    the seconds that the machine waits for a processor of a busy host do not count). The
    folder `keep`, made if need be, gets serial.log, screen.png and network.pcap. `progress` is told each stage as
    it is reached; an exception from it, or Ctrl-C, stops QEMU and removes what was temporary.

    Raises NothingToBoot, NoQemu, NoUefiFirmware, ImageInUse, ImageUnreadable, QemuFailed.
    """
    if not images:
        raise NothingToBoot("there is no image to boot", hint="name the guest's images, the one that boots first")
    chosen = accelerator or usable_accelerator()
    watch = Watch(Patience.for_accelerator(chosen.name, timeout_s))
    with tempfile.TemporaryDirectory(prefix="guestfix-boot-") as temporary:
        with running(Path(temporary), images, hardware, chosen.name) as machine:
            progress(
                f"power on: {hardware.disk} disk, {hardware.nic} network, {hardware.firmware} ({chosen.name})"
            )
            conclusion = _watched(machine, watch, progress)
            pictured = machine.take_screenshot()
        kept = _kept(machine, keep, pictured=pictured)
    banner = watch.last.banner
    return Verdict(
        answered=conclusion.answered,
        stage=watch.stage,
        reason=conclusion.reason,
        advice=conclusion.advice,
        evidence=_evidence(watch, conclusion, hardware),
        seconds={stage: round(watch.seconds[stage], 1) for stage in sorted(watch.seconds)},
        total_seconds=round(watch.last.seconds, 1),
        address=leased_address(watch.last.dhcp),
        banner=None if banner is None else shown(banner),
        accelerator=f"{chosen.name}: {chosen.why}",
        hardware=hardware,
        serial_log=kept.get("serial.log"),
        screenshot=kept.get("screen.png"),
        capture=kept.get("network.pcap"),
    )


def _watched(machine: Machine, watch: Watch, progress: Callable[[str], None]) -> Conclusion:
    while True:
        before = set(watch.seconds)
        conclusion = watch.take(machine.observe())
        for stage in sorted(set(watch.seconds) - before):
            progress(f"{stage.words} ({watch.seconds[stage]:.0f} s)")
        if conclusion is not None:
            return conclusion
        time.sleep(LOOK_EVERY_S)


def _kept(machine: Machine, keep: Path | None, *, pictured: bool) -> dict[str, Path]:
    if keep is None:
        return {}
    keep.mkdir(parents=True, exist_ok=True)
    files = [machine.serial_log, machine.capture] + ([machine.screenshot] if pictured else [])
    return {file.name: Path(shutil.copyfile(file, keep / file.name)) for file in files if file.exists()}


def _evidence(watch: Watch, conclusion: Conclusion, hardware: Hardware) -> tuple[str, ...]:
    lines = []
    if watch.sighting is not None and not conclusion.answered:
        lines.append(f"console: {shown(watch.sighting.line)}")
    if watch.read_by_kernel is not None:
        before, since = watch.read_before_kernel / 2**20, watch.read_by_kernel / 2**20
        lines.append(f"disk: {before:.1f} MiB read before a kernel ran, {since:.1f} MiB since")
    kinds = Counter(message.kind for message in watch.last.dhcp)
    said = ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "no message"
    lines.append(f"DHCP: {said}")
    if not conclusion.answered:
        last = [line for line in watch.last.console.splitlines() if line.strip()][-LAST_LINES:]
        lines += [f"last on the console: {shown(line.strip())}" for line in last]
    lines += [f"not emulated: {sentence}" for sentence in hardware.not_emulated]
    return tuple(lines)
