"""For which processor a guest's programs are made, by the ELF header of one that every system has."""

from __future__ import annotations

from typing import Final

from guestfix.facts.model import Text, Unknown
from guestfix.facts.reading import head
from guestfix.guest.protocol import GuestReader

_PROGRAMS: Final = (
    "/bin/sh",
    "/usr/bin/env",
    "/bin/ls",
    "/sbin/init",
    "/bin/busybox",
    "/usr/lib/systemd/systemd",
)

_MACHINES: Final = {
    (1, 3): "i386",
    (1, 8): "mips",
    (1, 20): "ppc",
    (1, 40): "arm",
    (1, 62): "x86_64",  # x32: 32-bit programs on a 64-bit kernel
    (2, 8): "mips64",
    (2, 21): "ppc64",
    (2, 22): "s390x",
    (2, 62): "x86_64",
    (2, 183): "aarch64",
    (2, 243): "riscv64",
    (2, 258): "loongarch64",
}
"""(EI_CLASS, e_machine) of an ELF header, elf(5), to what uname -m prints; 32-bit x86 is always i386 here."""

_LITTLE_ENDIAN: Final = {"ppc64": "ppc64le", "mips": "mipsel", "mips64": "mips64el"}
_HEADER: Final = 20


def architecture(guest: GuestReader) -> Text:
    """Return the architecture of the guest's programs; a 64-bit kernel may run 32-bit ones."""
    for path in _PROGRAMS:
        header = head(guest, path, 0, _HEADER)
        if len(header) == _HEADER and header.startswith(b"\x7fELF"):
            return _machine(header)
    return Unknown(unknown="none of the usual programs is there to look at")


def _machine(header: bytes) -> Text:
    little = header[5] == 1
    machine = int.from_bytes(header[18:20], "little" if little else "big")
    name = _MACHINES.get((header[4], machine))
    if name is None:
        return Unknown(unknown=f"ELF machine {machine} of class {header[4]} is not one we know")
    return _LITTLE_ENDIAN.get(name, name) if little else name
