"""Where the distributions keep the UEFI firmware for virtual machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from guestfix.boot.errors import NoUefiFirmware


@dataclass(frozen=True)
class UefiFirmware:
    """Code, shared and read-only, and the template of the variables, copied for every machine."""

    code: Path
    variables: Path


# Code and variables must be of one size class (2M, 4M), so they are listed as pairs. No Secure Boot: the proof
# is about drivers and names, and a guest signed for it boots without it too.
PLACES = (
    ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),  # Debian, Ubuntu
    ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"),  # Debian to 12, Ubuntu to 22.04, Fedora
    ("/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"),  # Fedora, RHEL
    ("/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"),  # Arch
    ("/usr/share/qemu/ovmf-x86_64-4m-code.bin", "/usr/share/qemu/ovmf-x86_64-4m-vars.bin"),  # openSUSE
)


def uefi_firmware(places: Sequence[tuple[str, str]] = PLACES) -> UefiFirmware:
    """The first firmware of `places` that is installed. Raises NoUefiFirmware."""
    for code, variables in places:
        if Path(code).is_file() and Path(variables).is_file():
            return UefiFirmware(Path(code), Path(variables))
    raise NoUefiFirmware(
        "this guest boots by UEFI and no UEFI firmware for QEMU was found",
        hint="install it: ovmf (Debian, Ubuntu) or edk2-ovmf (Fedora)",
    )
