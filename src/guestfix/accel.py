"""Whether QEMU can use KVM on this host: found out by trying, because /dev/kvm may be there and not work.

On some hosts (nested virtualisation with filtered MSRs) QEMU opens /dev/kvm and then aborts with
"kvm_buf_set_msrs: Assertion ... failed". Asking KVM for its version says nothing about that.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from guestfix.untrusted import shown

QEMU = "qemu-system-x86_64"
PROBE_SECONDS = 10.0
_KVM = Path("/dev/kvm")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_GREET_AND_LEAVE = '{"execute": "qmp_capabilities"}\n{"execute": "quit"}\n'


@dataclass(frozen=True)
class Accelerator:
    """How QEMU runs guest code: by the processor (`kvm`) or emulated (`tcg`), and in one sentence why."""

    name: Literal["kvm", "tcg"]
    why: str


def usable_accelerator(qemu: str = QEMU) -> Accelerator:
    """Say which accelerator works here, in well under a second.

    What a short-lived QEMU showed is remembered in the user's cache folder until the host boots again; a cache
    that cannot be read or written is done without. A missing QEMU counts as "no KVM": the caller that starts
    QEMU reports that better.
    """
    if not _KVM.exists():
        return Accelerator("tcg", "this host has no /dev/kvm")
    if not os.access(_KVM, os.R_OK | os.W_OK):
        return Accelerator("tcg", "this user may not open /dev/kvm (is the user in the group kvm?)")
    remembered = _cache_file()
    known = _recall(remembered, qemu)
    if known is None:
        known = _try_kvm(qemu)
        _remember(remembered, qemu, known)
    return known


def _try_kvm(qemu: str) -> Accelerator:
    """Start a machine that never runs, under KVM, and tell it to quit."""
    command = [qemu, "-accel", "kvm", "-machine", "q35", "-cpu", "host", "-m", "64"]
    command += ["-nodefaults", "-display", "none", "-S", "-qmp", "stdio"]
    try:
        done = subprocess.run(
            command, input=_GREET_AND_LEAVE.encode(), capture_output=True, timeout=PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return Accelerator("tcg", f"QEMU with KVM could not be tried: {shown(str(problem))}")
    if done.returncode == 0:
        return Accelerator("kvm", "QEMU starts a machine with KVM here")
    words = done.stderr.strip().splitlines()
    return Accelerator(
        "tcg", f"/dev/kvm is there but QEMU fails with it: {shown(words[0] if words else 'no message')}"
    )


def _cache_file() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "guestfix" / "accelerator.json"


def _recall(file: Path, qemu: str) -> Accelerator | None:
    try:
        known = json.loads(file.read_text())
        if known["boot"] != _boot_id() or known["qemu"] != qemu or known["name"] not in {"kvm", "tcg"}:
            return None
        return Accelerator(known["name"], str(known["why"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(file: Path, qemu: str, accelerator: Accelerator) -> None:
    content = {"boot": _boot_id(), "qemu": qemu, "name": accelerator.name, "why": accelerator.why}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False) as new:
            json.dump(content, new)
        Path(new.name).replace(file)
    except OSError:
        return  # asked again next time; it costs a twentieth of a second


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return "unknown"
