"""What the proof found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from guestfix.boot.hardware import Hardware
from guestfix.boot.stages import Stage


@dataclass(frozen=True)
class Verdict:
    """Whether the guest answered, and if not, how far it got and why.

    All text of the guest in it has been through `shown`. `seconds` maps each stage seen to seconds since power-on;
    stages that pass between two looks are missing. Paths are None unless the caller gave a folder to keep them in.
    """

    answered: bool
    stage: Stage
    reason: str
    advice: str
    evidence: tuple[str, ...]
    seconds: Mapping[Stage, float]
    total_seconds: float
    address: str | None
    banner: str | None
    accelerator: str
    hardware: Hardware
    serial_log: Path | None = None
    screenshot: Path | None = None
    capture: Path | None = None
