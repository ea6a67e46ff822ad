"""A Windows disk made of hives: libguestfs knows it, it is edited, edited again in vain, and given back whole."""

from __future__ import annotations

import importlib
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import guestfix
from guestfix import Knowledge
from guestfix.guest.launch import close
from guestfix.registry import Hive, control_sets
from guestfix.registry.reg_text import parse
from guestfix.registry.writer import write

from ..windows_disk import SOFTWARE, SYSTEM, Contents, contents, disk, opened

pytestmark = [pytest.mark.appliance, pytest.mark.images]

regipy: Any = importlib.import_module("regipy.registry")


def looked_at(image: Path, scratch: Path, hive: str) -> tuple[Contents, dict[str, object], bytes]:
    """What is on the disk, what libguestfs' own inspection says of it, and one of its hives."""
    handle = opened(image)
    (root,) = handle.inspect_os()
    said = {
        "type": handle.inspect_get_type(root),
        "major": handle.inspect_get_major_version(root),
        "minor": handle.inspect_get_minor_version(root),
        "control set": handle.inspect_get_windows_current_control_set(root),
    }
    handle.umount_all()
    handle.mount_ro("/dev/sda1", "/")
    handle.download(hive, str(scratch / "read"))
    handle.umount_all()
    found = contents(handle, scratch)
    close(handle)
    return found, said, (scratch / "read").read_bytes()


def whole_life(
    image: Path, before: Contents, system: str, scratch: Path, boot: Mapping[str, str] | None = None
) -> tuple[dict[str, object], bytes]:
    """Edit the clock, and with `boot` what starts Windows: paths in the plan to paths among the contents."""
    boot = boot or {}
    only = ["windows/clock", *(["windows/boot-devices", "windows/uefi-fallback"] if boot else [])]
    knowledge = Knowledge.load(only=only)
    done = guestfix.apply(guestfix.images([image]), "gce", knowledge=knowledge)
    assert sorted(change.path for change in done.plan.changes) == sorted([system, *boot])
    after, said, hive = looked_at(image, scratch, system)
    folder, _, name = system.rpartition("/")
    original = f"{folder}/.{name}.guestfix-orig~"
    windows = "/" + system.split("/")[1]
    changed = {system, *(path for path in boot.values() if path in before)}
    assert after.keys() - before.keys() == {
        f"{windows}/guestfix/journal/0001.json",
        *("/.".join(path.rsplit("/", 1)) + ".guestfix-orig~" for path in changed),
        *(path for path in boot.values() if path not in before),
    }
    assert {path for path in before if after[path] != before[path]} == changed
    assert after[original] == before[system], "the original, with its ACL and its time"
    assert after[system].split()[1] == before[system].split()[1], (
        "the edited hive is as closed to others as it was"
    )

    assert guestfix.apply(guestfix.images([image]), "gce", knowledge=knowledge).journal is None
    guestfix.revert(guestfix.images([image]))
    handle = opened(image)
    assert contents(handle, scratch) == before
    close(handle)
    return said, hive


def clocks(data: bytes, scratch: Path) -> dict[str, object]:
    """RealTimeIsUniversal of every control set, as guestfix and as regipy read it."""
    hive = Hive.of(data)
    ours = {
        name: key.get("RealTimeIsUniversal")
        for name in control_sets(hive).names
        if (key := hive.key(f"{name}\\Control\\TimeZoneInformation"))
    }
    (scratch / "SYSTEM").write_bytes(data)
    other = regipy.RegistryHive(str(scratch / "SYSTEM"))
    for name, number in ours.items():
        key = other.get_key(f"\\{name}\\Control\\TimeZoneInformation")
        assert key.get_value("RealTimeIsUniversal") == number
    return dict(ours)


@pytest.mark.corpora
def test_a_windows_of_text_hives_whose_boot_configuration_is_on_other_partitions(
    corpora: Path, tmp_path: Path
) -> None:
    image = tmp_path / "server.img"
    hives = {"SYSTEM": write(parse(SYSTEM)), "SOFTWARE": write(parse(SOFTWARE))}
    store = (corpora / "registry/regipy/BCD").read_bytes()
    before = disk(image, "Windows/System32", hives, tmp_path, {"BCD": store, "bootmgfw.efi": b"boot manager"})
    boot = {
        "/Windows/Cursors/Boot/BCD": "/dev/sda2/Boot/BCD",
        "/Windows/MEDIA/EFI/Microsoft/Boot/BCD": "/dev/sda3/EFI/Microsoft/Boot/BCD",
        "/Windows/MEDIA/EFI/BOOT/BOOTX64.EFI": "/dev/sda3/EFI/BOOT/BOOTX64.EFI",
    }
    said, data = whole_life(image, before, "/Windows/System32/config/SYSTEM", tmp_path, boot)
    assert said == {"type": "windows", "major": 10, "minor": 0, "control set": "ControlSet001"}
    assert clocks(data, tmp_path) == {"ControlSet001": 1, "ControlSet002": 1}


@pytest.mark.corpora
def test_the_real_system_hive_of_an_xp(corpora: Path, tmp_path: Path) -> None:
    image = tmp_path / "xp.img"
    real = (corpora / "registry/dfwinreg-git/SYSTEM_history_e18f3d4").read_bytes()
    software = (corpora / "phony-guests/virt-v2v/winxp-32-software.reg").read_text()
    hives = {"system": real, "software": write(parse(software))}
    before = disk(image, "WINDOWS/system32", hives, tmp_path)
    said, data = whole_life(image, before, "/WINDOWS/system32/config/system", tmp_path)
    # That phony SOFTWARE says 5.2, as the 64-bit XP does.
    assert (said["major"], said["minor"], said["control set"]) == (5, 2, "ControlSet001")
    assert clocks(data, tmp_path) == {"ControlSet001": 1, "ControlSet003": 1}
    dumped = subprocess.run(
        [
            "hivexregedit",
            "--export",
            "--prefix",
            "HKLM",
            tmp_path / "SYSTEM",
            "\\ControlSet003\\Control\\TimeZoneInformation",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert '"RealTimeIsUniversal"=dword:00000001' in dumped
