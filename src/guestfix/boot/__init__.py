"""The proof: start a guest on hardware like the target's, in QEMU, and see whether it answers."""

from __future__ import annotations

from guestfix.boot.hardware import BootDisk, Hardware
from guestfix.boot.proof import prove
from guestfix.boot.stages import Stage
from guestfix.boot.verdict import Verdict

__all__ = ["BootDisk", "Hardware", "Stage", "Verdict", "prove"]
