"""Disks with a Windows made of hives: libguestfs' own inspection takes them for one of that version."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guestfix.accel import usable_accelerator
from guestfix.guest.launch import Drive, close, launch
from guestfix.registry.reg_text import parse
from guestfix.registry.writer import write

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

AZURE = ("vmbus", "storvsc", "netvsc")
"""The drivers that a Windows needs on Azure."""

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
    image: Path,
    folder: str,
    hives: Mapping[str, bytes],
    scratch: Path,
    boot: Mapping[str, bytes] | None = None,
    more: Mapping[str, bytes] | None = None,
    size_mib: int = 128,
) -> Contents:
    """Make an MBR disk with one NTFS volume, and return what is on it; `more` are other files of Windows.

    With files for `boot`, they are on an active partition of their own, as on an EFI system partition.
    """
    with image.open("wb") as out:
        out.truncate(size_mib << 20)
    handle = opened(image, read_only=False)
    handle.part_init("/dev/sda", "mbr")
    windows = (size_mib - 64) * 2048
    places = ((2048, windows - 1), (windows, windows + 49151), (windows + 49152, windows + 98303))
    for number, (start, end) in enumerate(places, 1):
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
    for path, data in (more or {}).items():
        handle.mkdir_p(path.rpartition("/")[0] or "/")
        put(handle, path, data, scratch)
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


def large(keys: int, each: int) -> bytes:
    """Return a SYSTEM hive with Azure's drivers and so many devices, each a key of so many bytes."""
    data = ",".join(["5a"] * each)
    more = "".join(
        f"[ControlSet001\\Enum\\PCI\\VEN_{number // 100:04X}\\{number:08X}]\n"
        f'"HardwareID"=hex:{data}\n"Capabilities"=dword:{number:x}\n'
        for number in range(keys)
    )
    services = "".join(f'[ControlSet001\\Services\\{name}]\n"Type"=dword:1\n"Start"=dword:3\n' for name in AZURE)
    return write(parse(SYSTEM + services + more))
