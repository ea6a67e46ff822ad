"""A Windows disk made of hives: libguestfs knows it, it is edited, edited again in vain, and given back whole."""

from __future__ import annotations

import importlib
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import guestfix
from guestfix import Knowledge
from guestfix.accel import usable_accelerator
from guestfix.guest.launch import Drive, close, launch
from guestfix.registry import Hive, control_sets
from guestfix.registry.reg_text import parse
from guestfix.registry.writer import write

pytestmark = [pytest.mark.appliance, pytest.mark.images]

regipy: Any = importlib.import_module("regipy.registry")

SYSTEM = r"""
[Select]
"Current"=dword:1
"Default"=dword:1
"LastKnownGood"=dword:2
[MountedDevices]
"\\DosDevices\\C:"=hex:78,56,34,12,00,00,10,00,00,00,00,00
[ControlSet001\Control\TimeZoneInformation]
"TimeZoneKeyName"="W. Europe Standard Time"
[ControlSet001\Services\Tcpip\Parameters]
"Hostname"="windows1"
[ControlSet002\Control\TimeZoneInformation]
"RealTimeIsUniversal"=dword:0
"""
"""What libguestfs looks for (daemon/inspect_fs_windows.ml), and a clock in local time."""

SOFTWARE = r"""
[Microsoft\Windows NT\CurrentVersion]
"ProductName"="Windows Server 2022 Standard"
"EditionID"="ServerStandard"
"InstallationType"="Server"
"CurrentVersion"="6.3"
"CurrentMajorVersionNumber"=dword:a
"CurrentMinorVersionNumber"=dword:0
"CurrentBuildNumber"="20348"
"""

Contents = dict[str, str]


def opened(image: Path, *, read_only: bool = True) -> Any:
    return launch(
        [Drive(image, "raw", read_only=read_only)], accelerator=usable_accelerator().name, memory_mib=768
    )


def program(*, wide: bool) -> bytes:
    """The headers of an empty program, for libguestfs asks file(1) what cmd.exe is made for."""
    machine, magic = (0x8664, 0x20B) if wide else (0x14C, 0x10B)
    dos = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x80)
    optional = struct.pack("<H66xH", magic, 3).ljust(240, b"\0")
    return (
        dos.ljust(0x80, b"\0")
        + struct.pack("<4sHHIIIHH", b"PE", machine, 1, 0, 0, 0, 240, 2)
        + optional
        + bytes(40)
    )


def contents(handle: Any, folder: Path) -> Contents:
    """The SHA-256, the ACL and the time of every file, of all partitions."""
    found: Contents = {}
    for device in handle.list_partitions():
        ntfs = handle.vfs_type(device) == "ntfs"
        handle.mount_options("ro,permissions" if ntfs else "ro", device, "/")
        sums = folder / "sums"
        handle.checksums_out("sha256", "/", str(sums))
        for line in sums.read_text().splitlines():
            digest, _, path = line.partition("  ")
            if path == "-":  # nothing is on it, and sha256sum(1) read its empty input
                continue
            path = path.removeprefix(".")
            acl = handle.getxattr(path, "system.ntfs_acl").hex() if ntfs else "-"
            place = path if device == "/dev/sda1" else f"{device}{path}"
            found[place] = f"{digest} {acl} {handle.statns(path)['st_mtime_sec']}"
        handle.umount_all()
    return found


def disk(
    image: Path, folder: str, hives: Mapping[str, bytes], scratch: Path, boot: Mapping[str, bytes] | None = None
) -> Contents:
    """Make an MBR disk with one NTFS volume, and return what is on it.

    With files for `boot`, they are on an active partition of their own, as on an EFI system partition.
    """
    with image.open("wb") as out:
        out.truncate(128 << 20)
    handle = opened(image, read_only=False)
    handle.part_init("/dev/sda", "mbr")
    for number, (start, end) in enumerate(((2048, 131071), (131072, 180223), (180224, 229375)), 1):
        handle.part_add("/dev/sda", "primary", start, end)
        handle.part_set_mbr_id("/dev/sda", number, (0x07, 0x07, 0xEF)[number - 1])
        handle.mkfs(("ntfs", "ntfs", "vfat")[number - 1], f"/dev/sda{number}")
    handle.part_set_bootable("/dev/sda", 2, True)
    handle.mount_options("rw,permissions", "/dev/sda1", "/")
    config = f"/{folder}/config"
    handle.mkdir_p(config)
    handle.write(f"/{folder}/cmd.exe", program(wide=folder == "Windows/System32"))
    for name, data in hives.items():
        put(handle, f"{config}/{name}", data, scratch)
        handle.chmod(0o700, f"{config}/{name}")
        handle.utimens(f"{config}/{name}", 1551513600, 0, 1551513600, 0)
    for name in ("Cursors", "MEDIA"):
        handle.mkdir(f"/{folder.split('/')[0]}/{name}")
    handle.umount_all()
    for device, top in (("/dev/sda2", "/Boot"), ("/dev/sda3", "/EFI/Microsoft/Boot")) if boot else ():
        handle.mount_options("rw", device, "/")
        handle.mkdir_p(top)
        for name, data in (boot or {}).items():
            put(handle, f"{top}/{name}", data, scratch)
        handle.umount_all()
    found = contents(handle, scratch)
    close(handle)
    return found


def put(handle: Any, path: str, data: bytes, scratch: Path) -> None:
    (scratch / "file").write_bytes(data)
    handle.upload(str(scratch / "file"), path)


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
