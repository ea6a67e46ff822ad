"""What the processors are doing, from QEMU's `info registers`: firmware, a kernel, or programs."""

from __future__ import annotations

import re
from dataclasses import dataclass

_POINTER = re.compile(r"\b[RE]IP=([0-9a-f]{8,16})\b")
_LEVEL = re.compile(r"\bCPL=(\d)\b")
_PAGING = re.compile(r"\bCR0=([0-9a-f]{8})\b")
_KERNEL_64 = 0xFFFF_8000_0000_0000
_KERNEL_32 = 0xC000_0000


@dataclass(frozen=True)
class Processors:
    """`in_kernel`: one runs in a kernel's half of the address space. `in_program`: one runs unprivileged code."""

    in_kernel: bool = False
    in_program: bool = False


def processors(registers: str) -> Processors:
    """Read the output of `info registers -a`.

    Firmware and boot loaders run privileged and low in memory; only a kernel maps itself to the upper part (Linux
    Documentation/arch/x86/x86_64/mm.rst; Windows alike) and only under a kernel does unprivileged code run.
    """
    kernel = program = False
    for processor in registers.split("CPU#"):
        pointer, level, paging = (mark.search(processor) for mark in (_POINTER, _LEVEL, _PAGING))
        if pointer is None or level is None or paging is None or not int(paging[1], 16) >> 31:
            continue
        lowest = _KERNEL_64 if len(pointer[1]) == 16 else _KERNEL_32
        kernel = kernel or int(pointer[1], 16) >= lowest
        program = program or level[1] == "3"
    return Processors(kernel, program)
