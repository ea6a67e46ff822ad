"""What virt-v2v-in-place writes into a Windows and what guestfix writes, on copies of one disk, side by side.

The table of docs/windows.md says it by file and by value; this test holds it against what both really write.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import guestfix
from guestfix import Knowledge
from guestfix.accel import usable_accelerator
from guestfix.guest.launch import close
from guestfix.registry import Hive, Key
from guestfix.registry.reg_text import parse
from guestfix.registry.writer import write

from ..virtio_win import listed, text_of, virtio_win
from ..windows_disk import contents, disk, opened
from ..windows_versions import VERSIONS, hives, in_box
from .conftest import copy_of

pytestmark = [pytest.mark.appliance, pytest.mark.images, pytest.mark.corpora]

HEADING = "| file or value | virt-v2v | guestfix |"
HIVES = {
    "SYSTEM": ("/dev/sda1", "/Windows/System32/config/SYSTEM"),
    "SOFTWARE": ("/dev/sda1", "/Windows/System32/config/SOFTWARE"),
    "BCD": ("/dev/sda2", "/Boot/BCD"),
    "BCD of UEFI": ("/dev/sda3", "/EFI/Microsoft/Boot/BCD"),
}
WHOLE = (
    "/Program Files/Guestfs",
    "/Windows/Drivers/VirtIO",
    "/Windows/Drivers/guestfix",
    "/Windows/System32/drivers",
    "/Windows/guestfix",
    r"SYSTEM ControlSet*\Control\CriticalDeviceDatabase",
    r"SYSTEM ControlSet*\Services\firstboot",
    r"SYSTEM ControlSet*\Services\vioscsi",
    r"SYSTEM ControlSet*\Services\viostor",
    r"SYSTEM DriverDatabase",
    r"SOFTWARE Microsoft\Windows\CurrentVersion\Group Policy\Scripts\Startup",
    r"SOFTWARE Microsoft\Windows\CurrentVersion\Group Policy\State\Machine\Scripts\Startup",
)
"""Folders and keys of which everything below is one row."""

State = dict[str, str]
"""Every file by its path with what is in it, and every value of a hive by hive, key and name."""


def state(image: Path, scratch: Path) -> State:
    """Return what is on a disk; of hives their values."""
    handle = opened(image)
    found = {path: said.split()[0] for path, said in contents(handle, scratch).items()}
    for name, (device, path) in HIVES.items():
        handle.mount_ro(device, "/")
        handle.download(path, str(scratch / "hive"))
        handle.umount_all()
        found.pop(path if device == "/dev/sda1" else device + path)
        found |= values(name, Hive.of((scratch / "hive").read_bytes()).root)
    close(handle)
    return found


def values(hive: str, key: Key, above: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    for value in key.values():
        yield "\\".join((f"{hive} {above[0]}" if above else hive, *above[1:], value.name)), repr(value.meaning)
    for below in key.subkeys():
        yield from values(hive, below, (*above, below.name))


def rows_of(before: State, after: State) -> set[str]:
    """Return the rows for everything that is another than it was, is new or is gone."""
    return {row_of(place) for place in before.keys() | after.keys() if before.get(place) != after.get(place)}


def row_of(place: str) -> str:
    """Return what the table calls a file or a value."""
    if place.endswith(".guestfix-orig~"):
        return "the original of a changed file, beside it"
    place = re.sub(r"ControlSet\d{3}", "ControlSet*", place)
    place = re.sub(r"\{[0-9a-f-]{36}\}", "{...}", place)
    place = place.replace("/dev/sda3/", "/").replace("/dev/sda2/", "/").replace("BCD of UEFI ", "BCD ")
    whole = next((one for one in WHOLE if place.lower().startswith((f"{one}/".lower(), f"{one}\\".lower()))), None)
    return whole or place


def by_virt_v2v(image: Path, corpora: Path, scratch: Path) -> None:
    """Convert in place, with a virtio-win and the helper for first boots made up: only their names matter."""
    for path in listed(corpora):
        file = scratch / "virtio-win" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text_of(path).encode())
    (scratch / "virt-tools").mkdir()
    for name in ("rhsrvany.exe", "pvvxsvc.exe"):
        (scratch / "virt-tools" / name).write_bytes(b"MZ")
    environment = os.environ | {
        "LIBGUESTFS_BACKEND": "direct",
        "VIRTIO_WIN": str(scratch / "virtio-win"),
        "VIRT_TOOLS_DATA_DIR": str(scratch / "virt-tools"),
    }
    if usable_accelerator().name == "tcg":
        environment["LIBGUESTFS_BACKEND_SETTINGS"] = "force_tcg"
    command: list[str | Path] = ["virt-v2v-in-place", "-i", "disk", "-if", "raw", image]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("virt-v2v-in-place") is None, reason="virt-v2v is not installed")
def test_both_write_what_the_table_says(project: Path, corpora: Path, tmp_path: Path) -> None:
    version = next(each for each in VERSIONS if each.name == "2022")
    store = write(parse((corpora / "phony-guests/virt-v2v/windows-bcd.reg").read_text()))
    more = {f"/Windows/System32/drivers/{driver}.sys": b"MZ" for driver in in_box(version)}
    image = tmp_path / "2022.img"
    boot: Mapping[str, bytes] = {"BCD": store, "bootmgfw.efi": b"boot manager"}
    disk(image, "Windows/System32", hives(version, corpora), tmp_path, boot, more, size_mib=512)
    before = state(image, tmp_path)

    theirs = copy_of(image, tmp_path / "theirs")
    by_virt_v2v(theirs, corpora, tmp_path)
    ours = copy_of(image, tmp_path / "ours")
    knowledge: Any = Knowledge.load()
    supplies = replace(knowledge.supplies, drivers=virtio_win(listed(corpora)))
    guestfix.apply(guestfix.images([ours]), "kvm", knowledge=replace(knowledge, supplies=supplies))
    written = [rows_of(before, state(each, tmp_path)) for each in (theirs, ours)]

    rows = sorted(written[0] | written[1], key=str.lower)
    table = [f"| `{row}` | {' | '.join('yes' if row in each else '-' for each in written)} |" for row in rows]
    lines = (project / "docs/windows.md").read_text().splitlines()
    at = lines.index(HEADING) + 2
    assert lines[at : lines.index("", at)] == table, "\n".join(["the table is to say", *table])
