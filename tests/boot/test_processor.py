"""Registers as QEMU prints them."""

from __future__ import annotations

import pytest

from guestfix.boot.processor import Processors, processors

LINE = "EFL=00000246 [---Z-P-] CPL={level} II=0 A20=1 SMM=0 HLT=0\nCS =0010 00000000\nCR0={cr0} CR2=0"


def cpu(pointer: str, level: int = 0, cr0: str = "80050033") -> str:
    return f"\nCPU#0\n{pointer} " + LINE.format(level=level, cr0=cr0)


@pytest.mark.parametrize(
    ("registers", "expected"),
    [
        (cpu("EIP=0000fff0", cr0="60000010"), Processors()),  # reset
        (cpu("EIP=fffffff0", cr0="60000010"), Processors()),  # firmware high in memory, no paging
        (cpu("RIP=000000007e3a9c10"), Processors()),  # UEFI: 64 bit, paging, low
        (cpu("RIP=ffffffff996c8f80"), Processors(in_kernel=True)),
        (cpu("EIP=c1234567"), Processors(in_kernel=True)),
        (cpu("RIP=00007f09ed6c12a3", level=3), Processors(in_program=True)),
        (cpu("RIP=ffffffff996c8f80") + cpu("RIP=00007f09ed6c12a3", level=3), Processors(True, True)),
        ("", Processors()),
        ("unknown command: 'info registers -a'", Processors()),
    ],
)
def test_who_runs_is_read_from_the_registers(registers: str, expected: Processors) -> None:
    assert processors(registers) == expected
