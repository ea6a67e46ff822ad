"""Which partition a drive letter is, and what is on a drive that stayed behind."""

from __future__ import annotations

import uuid

import pytest

from guestfix.facts.disks import DiskFacts
from guestfix.facts.model import Unknown
from guestfix.facts.windows_model import Windows
from guestfix.registry.reg_text import parse
from guestfix.registry.writer import write

from .test_windows import disks, inspected, told

SIGNATURE, OFFSET = 0x12345678, 2 << 20


def hex_of(data: bytes) -> str:
    return "hex:" + ",".join(f"{byte:02x}" for byte in data)


def mbr(offset: int) -> str:
    return hex_of(SIGNATURE.to_bytes(4, "little") + offset.to_bytes(8, "little"))


GPT = hex_of(b"DMIO:ID:" + uuid.UUID("8e0f2c38-e4ea-47ba-b7fc-9d8c74dccf0b").bytes_le)
LOST = hex_of(b"DMIO:ID:" + uuid.UUID(int=1).bytes_le)
CD = hex_of("\\??\\SCSI#CdRom".encode("utf-16-le"))


def windows(mounted: dict[str, str], known: DiskFacts | Unknown, more: str = "") -> Windows:
    lines = "\n".join(f'"\\\\DosDevices\\\\{letter}"={data}' for letter, data in mounted.items())
    page_files = r'"PagingFiles"=str(7):"d:\\pagefile.sys 0 0","C:\\pagefile.sys","?:\\pagefile.sys"'
    text = (
        f'[Select]\n"Current"=dword:1\n[MountedDevices]\n{lines}\n"\\\\??\\\\Volume{{1}}"={mbr(0)}\n'
        f"[ControlSet001\\Control\\Session Manager\\Memory Management]\n{page_files}\n"
        f'[ControlSet001\\Services\\NTDS\\Parameters]\n"DSA Database file"="E:\\\\NTDS\\\\ntds.dit"\n{more}'
    )
    return told(inspected({"/Windows/System32/config/SYSTEM": write(parse(text))}, known))


def mbr_disks(part_type: str = "0x07") -> DiskFacts:
    (image,) = disks().images
    parts = tuple(each.model_copy(update={"uuid": None, "type": part_type}) for each in image.partitions)
    new = {"table": "mbr", "identifier": "12345678", "partitions": parts}
    return DiskFacts((image.model_copy(update=new),), (), ())


def test_letters_by_signature_and_offset() -> None:
    found = windows({"C:": mbr(OFFSET), "D:": mbr(OFFSET + 512), "E:": CD}, mbr_disks())
    assert [(drive.letter, drive.found) for drive in found.drives[:2]] == [("C:", "/dev/sda2"), ("D:", None)]
    assert isinstance(found.drives[2].found, Unknown)
    assert found.page_files_astray == (r"d:\pagefile.sys 0 0",)
    assert found.ntds_astray == ()  # nobody can tell


def test_letters_by_guid_and_a_letter_that_nothing_has() -> None:
    found = windows({"C:": GPT, "D:": GPT}, disks())
    assert [drive.found for drive in found.drives] == ["/dev/sda2", "/dev/sda2"]
    assert found.page_files_astray == ()
    assert found.ntds_astray == (r"E:\NTDS\ntds.dit",)


@pytest.mark.parametrize("known", [Unknown(unknown="only a folder"), mbr_disks("0x42")])
def test_without_the_disks_or_on_dynamic_ones_nobody_can_tell(known: DiskFacts | Unknown) -> None:
    found = windows({"D:": LOST, "E:": LOST, "C:": LOST}, known)
    assert all(isinstance(drive.found, Unknown) for drive in found.drives)
    assert (found.page_files_astray, found.ntds_astray) == ((), ())


def test_without_letters_nothing_is_astray() -> None:
    found = windows({}, disks())
    assert (found.drives, found.page_files_astray, found.ntds_astray) == ((), (), ())


def test_virus_scanners_are_known_by_their_group() -> None:
    services = "".join(
        f'[ControlSet001\\Services\\{name}]\n"Start"=dword:{start}\n"Group"="{group}"\n'
        for name, start, group in (
            ("SRTSP", 1, "FSFilter Anti-Virus"),
            ("WdFilter", 0, "FSFilter Anti-Virus"),
            ("off", 4, "fsfilter anti-virus"),
            ("luafv", 2, "FSFilter Virtualization"),
        )
    )
    assert windows({}, disks(), services).antivirus == ("SRTSP",)
