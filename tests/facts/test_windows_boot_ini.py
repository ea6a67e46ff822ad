"""boot.ini against the disks: is each partition that it names there, counted as NTLDR counts?"""

from __future__ import annotations

from typing import Literal

import pytest

from guestfix.facts.base import Unknown
from guestfix.facts.model import Image, Partition
from guestfix.facts.windows_boot_ini import boot_ini_entries
from guestfix.guest.memory import MemoryGuest

MENU = r"""[boot loader]
default=multi(0)disk(0)rdisk(0)partition(2)\WINDOWS
[operating systems]
multi(0)disk(0)rdisk(0)partition(1)\WINNT="Windows 2000" /fastdetect
multi(0)disk(0)rdisk(0)partition(2)\WINDOWS="Windows Server 2003" /fastdetect
multi(0)disk(0)rdisk(0)partition(3)\WINDOWS="beyond the last"
multi(0)disk(0)rdisk(1)partition(1)\WINDOWS="a disk that is not given"
scsi(0)disk(1)rdisk(0)partition(1)\WINDOWS="by a driver of its own"
C:\CMDCONS\BOOTSECT.DAT="Recovery Console" /cmdcons
"""


def disk(table: Literal["mbr", "gpt"] = "mbr") -> Image:
    said = ((1, "0x0f"), (3, "0x07"), (5, "0x07"))
    parts = tuple(
        Partition(
            number=number, device=f"/dev/sda{number}", start=number << 20, size=1 << 20, type=kind, type_name=""
        )
        for number, kind in said
    )
    return Image(
        path="disk.img",
        device="/dev/sda",
        format="raw",
        virtual_size=1 << 30,
        file_size=1 << 30,
        table=table,
        boot_code="windows",
        partitions=parts,
    )


def guest() -> MemoryGuest:
    made = MemoryGuest()
    made.add_file("/BOOT.INI", MENU.encode())
    return made


def test_primary_partitions_come_first_and_the_extended_one_has_no_number() -> None:
    found = {each.title: each.found for each in boot_ini_entries(guest(), [disk()])}
    assert found["Windows 2000"] == "/dev/sda3"
    assert found["Windows Server 2003"] == "/dev/sda5"
    assert found["beyond the last"] is None
    assert found["a disk that is not given"] is None
    assert isinstance(found["by a driver of its own"], Unknown)
    assert isinstance(found["Recovery Console"], Unknown)


def test_the_default_is_the_entry_that_it_names_with_its_line() -> None:
    [default] = [each for each in boot_ini_entries(guest(), [disk()]) if each.default]
    assert (default.title, default.source, default.line) == ("Windows Server 2003", "/BOOT.INI", 5)


@pytest.mark.parametrize("images", [[], [disk("gpt")]])
def test_without_disks_nobody_knows_and_ntldr_counts_no_gpt(images: list[Image]) -> None:
    first = boot_ini_entries(guest(), images)[0]
    assert first.found is None if images else isinstance(first.found, Unknown)


def test_a_guest_without_boot_ini_has_no_such_menu() -> None:
    assert boot_ini_entries(MemoryGuest(), [disk()]) == ()
