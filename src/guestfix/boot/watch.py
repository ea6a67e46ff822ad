"""Judging a boot as it goes: observations in, a conclusion out. No QEMU here, so every rule can be tested."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from guestfix.boot.dhcp import DhcpMessage, leased_address
from guestfix.boot.processor import Processors
from guestfix.boot.stages import Stage, stages_in
from guestfix.boot.symptoms import Sighting, sighting_in
from guestfix.untrusted import shown

# Partition tables and superblocks are some hundred KiB; a mounted root that starts programs is read by the MiB.
ROOT_BYTES = 4 << 20
# SeaBIOS reads one sector and GRUB's first stage few; this much before a kernel runs means a boot loader at work.
LOADER_BYTES = 128 << 10
RESTARTS = 3


@dataclass(frozen=True)
class Patience:
    """Seconds that a boot may stand still before it is given up; `total` bounds it all.

    Seconds in which the machine waited for a processor of a busy host do not count; for `limit` they do.
    """

    total: float
    unread: float  # a kernel that runs and reads nothing from its disk
    lease: float  # a login prompt, but no address
    answer: float  # an address, but no SSH
    quiet: float  # nothing changes: no word, no packet, no disk access
    limit: float = math.inf

    @classmethod
    def for_accelerator(cls, name: str, limit: float | None = None) -> Patience:
        """Emulated machines are five to ten times slower; waits that are the guest's own time-outs are not."""
        bound = limit or math.inf
        if name == "kvm":
            return cls(max(150.0, limit or 0), unread=45.0, lease=20.0, answer=30.0, quiet=100.0, limit=bound)
        return cls(max(240.0, limit or 0), unread=90.0, lease=60.0, answer=60.0, quiet=150.0, limit=bound)


@dataclass(frozen=True)
class Observation:
    """One look at the running machine."""

    seconds: float
    starved: float = 0.0  # of these, the seconds that the machine waited for a processor of this host
    console: str = ""
    bytes_read: int = 0
    processors: Processors = field(default_factory=Processors)
    packets_seen: bool = False
    dhcp: tuple[DhcpMessage, ...] = ()
    banner: str | None = None
    restarts: int = 0
    ended: str | None = None

    @property
    def own_seconds(self) -> float:
        """The seconds that the machine could use."""
        return self.seconds - self.starved

    def changed_since(self, other: Observation) -> bool:
        """Whether the guest did anything in between that can be seen from outside."""
        return (self.console, self.bytes_read, self.dhcp, self.restarts) != (
            other.console,
            other.bytes_read,
            other.dhcp,
            other.restarts,
        )


@dataclass(frozen=True)
class Conclusion:
    """Why watching ended."""

    answered: bool
    reason: str
    advice: str = ""


@dataclass
class Watch:
    """What has been seen of one boot so far."""

    patience: Patience
    seconds: dict[Stage, float] = field(default_factory=lambda: {Stage.FIRMWARE: 0.0})
    last: Observation = field(default_factory=lambda: Observation(0.0))
    sighting: Sighting | None = None
    read_before_kernel: int = 0
    _reached: dict[Stage, float] = field(default_factory=dict)
    """Like `seconds`, by the machine's own seconds."""
    _changed_at: float = 0.0

    @property
    def stage(self) -> Stage:
        """The furthest stage seen."""
        return max(self.seconds)

    @property
    def read_by_kernel(self) -> int | None:
        """Bytes that were read from the disks since a kernel runs; None before."""
        return self.last.bytes_read - self.read_before_kernel if Stage.KERNEL in self.seconds else None

    def take(self, seen: Observation) -> Conclusion | None:
        """Take in one observation; a conclusion ends the watching."""
        if seen.changed_since(self.last):
            self._changed_at = seen.own_seconds
        if seen.restarts > self.last.restarts:
            self._forget_kernel()
        if seen.console != self.last.console:
            self.sighting = sighting_in(seen.console) or self.sighting
        self.last = seen
        self._note_stages(seen)
        return self._conclusion(seen)

    def _forget_kernel(self) -> None:
        """After a restart the firmware reads again, so what the kernel read is counted anew."""
        for stage in [stage for stage in self.seconds if stage > Stage.FIRMWARE]:
            del self.seconds[stage], self._reached[stage]

    def _note_stages(self, seen: Observation) -> None:
        reached = stages_in(seen.console)
        if seen.bytes_read >= LOADER_BYTES:
            reached.add(Stage.BOOT_LOADER)
        if seen.processors.in_kernel:
            reached.add(Stage.KERNEL)
        if seen.processors.in_program:
            reached |= {Stage.KERNEL, Stage.INITRAMFS}
        if leased_address(seen.dhcp) is not None:
            reached.add(Stage.LEASE)
        if seen.banner is not None:
            reached.add(Stage.ANSWER)
        if Stage.KERNEL in reached and Stage.KERNEL not in self.seconds:
            self.read_before_kernel = seen.bytes_read
        for stage in reached:
            self._note(stage, seen)
        if (self.read_by_kernel or 0) >= ROOT_BYTES:
            self._note(Stage.ROOT_FOUND, seen)

    def _note(self, stage: Stage, seen: Observation) -> None:
        self.seconds.setdefault(stage, seen.seconds)
        self._reached.setdefault(stage, seen.own_seconds)

    def _conclusion(self, seen: Observation) -> Conclusion | None:
        if seen.banner is not None and Stage.LEASE in self.seconds:
            return Conclusion(
                True, f"the guest took an address by DHCP and its SSH server answered: {shown(seen.banner)}"
            )
        if self.sighting is not None and self.sighting.symptom.final:
            return self._from_sighting(self.sighting)
        if seen.ended is not None:
            return Conclusion(False, seen.ended)
        if seen.restarts >= RESTARTS:
            return Conclusion(
                False, f"the guest restarted {seen.restarts} times", "read the serial log and screenshot"
            )
        return self._given_up(seen)

    def _given_up(self, seen: Observation) -> Conclusion | None:
        if self.read_by_kernel == 0 and self._waited(Stage.KERNEL) >= self.patience.unread:
            return _UNREAD
        if Stage.LEASE in self.seconds:
            if self._waited_for_answer() >= self.patience.answer:
                return _NO_ANSWER
        elif self._waited(Stage.LOGIN) >= self.patience.lease:
            return self._no_lease(seen)
        if seen.own_seconds >= self.patience.total or seen.seconds >= self.patience.limit:
            return self._standstill(f"time ran out after {seen.seconds:.0f} s")
        if seen.own_seconds - self._changed_at >= self.patience.quiet:
            return self._standstill(f"nothing happened for {self.patience.quiet:.0f} s")
        return None

    def _waited(self, stage: Stage) -> float:
        return self.last.own_seconds - self._reached[stage] if stage in self._reached else 0.0

    def _waited_for_answer(self) -> float:
        """An initramfs may take the address long before the SSH server starts, so a login counts from there."""
        if Stage.LOGIN in self.seconds:
            return min(self._waited(Stage.LEASE), self._waited(Stage.LOGIN))
        return self._waited(Stage.LEASE) / 2

    def _from_sighting(self, sighting: Sighting) -> Conclusion:
        symptom = sighting.symptom
        if symptom.stage in {Stage.KERNEL, Stage.INITRAMFS} and Stage.ROOT_FOUND not in self.seconds:
            if self.read_by_kernel == 0:
                return Conclusion(False, f"{symptom.reason}: {_UNREAD.reason}", _UNREAD.advice)
            if self.read_by_kernel is not None:
                named = f"{symptom.reason}, though the kernel reads the disk: it has another name here"
                return Conclusion(False, named, "name the root device by UUID (guestfix apply)")
        return Conclusion(False, symptom.reason, symptom.advice)

    def _no_lease(self, seen: Observation) -> Conclusion:
        if seen.dhcp:
            return Conclusion(
                False, "the guest came up and asked for an address by DHCP, but took none", "see the capture"
            )
        if seen.packets_seen:
            reason = "the guest came up and uses its network card, but never asked for an address by DHCP"
        else:
            reason = (
                "the guest came up but sent nothing on its network card: no driver, or no configuration for it"
            )
        return Conclusion(False, reason, "set its interfaces to DHCP whatever their name (guestfix apply)")

    def _standstill(self, when: str) -> Conclusion:
        if self.sighting is not None:
            symptom = self.sighting.symptom
            return Conclusion(False, f"{when}: {symptom.reason}", symptom.advice)
        return Conclusion(
            False, f"{when} at this stage: {self.stage.words}", "read the serial log and the screenshot"
        )


_UNREAD = Conclusion(
    False,
    "the kernel never read the disk, so its driver is not in the initramfs",
    "add the disk's driver to the initramfs (guestfix apply)",
)
_NO_ANSWER = Conclusion(
    False,
    "the guest took an address by DHCP but nothing answers on port 22",
    "see whether its SSH server is enabled and its firewall lets port 22 in",
)
