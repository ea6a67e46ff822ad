r"""A Windows of each version with everything that rules edit: libguestfs' phony hives, and keys that they lack.

The corpus has SOFTWARE of four versions; the others say in the same keys what Microsoft documents ("Operating
System Version", "Windows Server release information").
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from guestfix.facts.disks import DiskFacts
from guestfix.facts.model import Image, Mount, Partition
from guestfix.registry import bcd
from guestfix.registry.reg_text import parse
from guestfix.registry.writer import write
from guestfix.rules.fixtures import File

CONFIG = "/Windows/System32/config"
ESP = "/Windows/Media"
"""Where the EFI system partition is mounted."""


@dataclass(frozen=True)
class Version:
    """What tells one Windows from another."""

    name: str
    number: tuple[int, int]
    build: int
    role: str
    drivers: str
    """The folder of a virtio-win that has its disk driver."""
    phony: str = ""
    """The corpus' SOFTWARE for it."""

    @property
    def wide(self) -> bool:
        return self.name not in ("XP", "2003", "Vista", "7")

    @property
    def uefi(self) -> bool:
        return self.number >= (6, 2)


VERSIONS = (
    Version("XP", (5, 1), 2600, "Client", "viostor/xp/x86", "winxp-32"),
    Version("2003", (5, 2), 3790, "Server", "viostor/xp/x86"),
    Version("Vista", (6, 0), 6002, "Client", "viostor/xp/x86"),
    Version("2008", (6, 0), 6002, "Server", ""),
    Version("7", (6, 1), 7601, "Client", "drivers/by-driver/viostor/w7/x86", "win7-32"),
    Version("2008 R2", (6, 1), 7601, "Server", "drivers/amd64/Win2008R2"),
    Version("8", (6, 2), 9200, "Client", "drivers/amd64/Win8"),
    Version("2012", (6, 2), 9200, "Server", "drivers/amd64/Win2012"),
    Version("8.1", (6, 3), 9600, "Client", "drivers/amd64/Win8.1"),
    Version("2012 R2", (6, 3), 9600, "Server", "drivers/amd64/Win2012R2"),
    Version("10", (10, 0), 19045, "Client", "drivers/amd64/Win10"),
    Version("2016", (10, 0), 14393, "Server", "drivers/amd64/Win2016"),
    Version("2019", (10, 0), 17763, "Server", "drivers/amd64/Win2019"),
    Version("2022", (10, 0), 20348, "Server", "drivers/amd64/Win2022"),
    Version("11", (10, 0), 22631, "Client", "drivers/amd64/Win11", "win11"),
    Version("2025", (10, 0), 26100, "Server", "drivers/amd64/Win2025", "win2k25"),
)

CONTROL_SET = r"""
[{0}\Control\Class\{{4d36e967-e325-11ce-bfc1-08002be10318}}]
"LowerFilters"=str(7):"prl_strg"
[{0}\Control\CrashControl]
"AutoReboot"=dword:1
[{0}\Control\ProductOptions]
"ProductType"="{1}"
[{0}\Control\Session Manager\Environment]
"PROCESSOR_ARCHITECTURE"="{2}"
[{0}\Control\Session Manager\Memory Management]
"PagingFiles"=str(7):"P:\\pagefile.sys 4096 4096"
[{0}\Control\Terminal Server]
"fDenyTSConnections"=dword:1
[{0}\Control\TimeZoneInformation]
"TimeZoneKeyName"="W. Europe Standard Time"
[{0}\Services\Dhcp]
"Start"=dword:3
[{0}\Services\prl_strg]
"Type"=dword:1
"Start"=dword:0
[{0}\Services\Tcpip\Parameters\Interfaces\{{11111111-2222-3333-4444-555555555555}}]
"EnableDHCP"=dword:0
"IPAddress"=str(7):"192.0.2.10"
"SubnetMask"=str(7):"255.255.255.0"
"DefaultGateway"=str(7):"192.0.2.1"
"NameServer"="192.0.2.53"
[{0}\Services\VMTools]
"Type"=dword:10
"Start"=dword:2
"""
XP = r"""
[{0}\Services\SharedAccess\Parameters\FirewallPolicy\StandardProfile]
"EnableFirewall"=dword:1
"""
VISTA = r"""
[{0}\Control\Power]
"HibernateEnabled"=dword:1
[{0}\Services\partmgr\Parameters]
"SanPolicy"=dword:4
[{0}\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules]
"RemoteDesktop-In-TCP"="v2.10|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=3389|EmbedCtxt=@FirewallAPI.dll,-28752|"
"""
EIGHT = r"""
[{0}\Control\Session Manager\Power]
"HiberbootEnabled"=dword:1
[{0}\Enum\ACPI\VMBus\0]
"Service"="vmbus"
[{0}\Services\{1}\StartOverride]
"0"=dword:3
"""
SERVICE = '[{0}\\Services\\{1}]\n"Type"=dword:1\n"Start"=dword:3\n'

SOFTWARE = r"""
[Microsoft\Windows\CurrentVersion]
"DevicePath"=str(2):"%SystemRoot%\\inf"
[Microsoft\Windows\CurrentVersion\Uninstall\{22222222-0000-0000-0000-000000000000}]
"DisplayName"="VMware Tools"
"UninstallString"="MsiExec.exe /I{22222222-0000-0000-0000-000000000000}"
[Microsoft\Windows NT\CurrentVersion\Winlogon]
"AutoAdminLogon"="1"
"""
GENERALIZED = r"""
[Microsoft\Windows\CurrentVersion\Setup\State]
"ImageState"="IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE"
"""

BOOT_INI = b"""[boot loader]\r
timeout=30\r
default=multi(0)disk(0)rdisk(0)partition(1)\\WINDOWS\r
[operating systems]\r
multi(0)disk(0)rdisk(0)partition(1)\\WINDOWS="Microsoft Windows" /fastdetect /redirect\r
"""

STORE = r"""
[Objects\{{9dea862c-5cdd-4e70-acc1-f32b344d4795}}\Description]
"Type"=dword:10100002
[Objects\{{9dea862c-5cdd-4e70-acc1-f32b344d4795}}\Elements\11000001]
"Element"=hex:{0}
[Objects\{{9dea862c-5cdd-4e70-acc1-f32b344d4795}}\Elements\25000004]
"Element"=hex:1e,00,00,00,00,00,00,00
[Objects\{{11111111-2222-3333-4444-555555555555}}\Description]
"Type"=dword:10200003
[Objects\{{11111111-2222-3333-4444-555555555555}}\Elements\21000001]
"Element"=hex:{0}
[Objects\{{11111111-2222-3333-4444-555555555555}}\Elements\16000009]
"Element"=hex:01
"""
"""A store as a BIOS reads it; that of the corpus is for UEFI."""

IN_BOX = ("intelide", "atapi", "vmbus", "storvsc", "netvsc")
START = 1048576


def hives(version: Version, corpora: Path) -> dict[str, bytes]:
    """Return SYSTEM and SOFTWARE."""
    phony = corpora / "phony-guests/virt-v2v"
    system = (phony / "windows-system.reg").read_text()
    kind = "WinNT" if version.role == "Client" else "ServerNT"
    for name in ("ControlSet001", "ControlSet002"):
        system += CONTROL_SET.format(name, kind, "AMD64" if version.wide else "x86")
        system += "".join(SERVICE.format(name, driver) for driver in in_box(version))
        system += (VISTA if version.number >= (6, 0) else XP).format(name)
        if version.number >= (6, 2):
            system += EIGHT.format(name, "storvsc")
    if version.number >= (6, 2):
        system += "[DriverDatabase]\n"
    software = (phony / f"{version.phony}-software.reg").read_text() if version.phony else ""
    major, minor = version.number
    software += "[Microsoft\\Windows NT\\CurrentVersion]\n"
    if not version.phony:
        software += f'"ProductName"="Windows {"Server " if version.role == "Server" else ""}{version.name}"\n'
    if major == 10:
        software += '"CurrentMajorVersionNumber"=dword:a\n"CurrentMinorVersionNumber"=dword:0\n'
    software += f'"CurrentVersion"="{"6.3" if major == 10 else f"{major}.{minor}"}"\n'
    software += f'"CurrentBuildNumber"="{version.build}"\n"InstallationType"="{version.role}"\n' + SOFTWARE
    if version.number >= (6, 0):
        software += GENERALIZED
    return {"SYSTEM": write(parse(system)), "SOFTWARE": write(parse(software))}


def in_box(version: Version) -> tuple[str, ...]:
    """Return the drivers that are there: those of Hyper-V from Vista on."""
    return IN_BOX if version.number >= (6, 0) else IN_BOX[:2]


def files_of(version: Version, corpora: Path) -> dict[str, File]:
    """Return all files of the guest."""
    files = {f"{CONFIG}/{name}": File(data) for name, data in hives(version, corpora).items()}
    files |= {f"/Windows/System32/drivers/{driver}.sys": File(b"MZ") for driver in in_box(version)}
    if version.uefi:
        store = (corpora / "phony-guests/virt-v2v/windows-bcd.reg").read_text()
        files[f"{ESP}/EFI/Microsoft/Boot/BCD"] = File(write(parse(store)))
        files[f"{ESP}/EFI/Microsoft/Boot/bootmgfw.efi"] = File(b"boot manager")
    elif version.number >= (6, 0):
        was = bcd.partition_device(bcd.Device("partition", "mbr", "12345678", str(START)))
        files["/Boot/BCD"] = File(write(parse(STORE.format(was.hex(",")))))
    else:
        files["/boot.ini"] = File(BOOT_INI)
    return files


def disks_of(version: Version) -> DiskFacts:
    """Return the disk as a tool left it that wrote another identifier."""
    size = 32 << 30
    ntfs = Partition(number=1, device="/dev/sda1", start=START, size=size // 2, type="0x07", type_name="NTFS")
    image = Image(
        path="disk.img",
        device="/dev/sda",
        format="raw",
        virtual_size=size,
        file_size=size,
        table="mbr",
        identifier="1234abcd",
        boot_code="windows",
        partitions=(ntfs,),
    )
    mounts: tuple[Mount, ...] = (Mount(device="/dev/sda1", path="/", type="ntfs"),)
    if version.uefi:  # with the partitions that the corpus' store names
        ntfs = ntfs.model_copy(update={"uuid": "1581cea0-12ee-4f7d-8967-a2b73024aae2"})
        esp = ntfs.model_copy(
            update={
                "number": 2,
                "device": "/dev/sda2",
                "start": START + size // 2,
                "size": 100 << 20,
                "type": "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
                "type_name": "EFI System",
                "uuid": "a9cc9a33-a516-4c21-88eb-eed5d2b658a3",
            }
        )
        new = {"table": "gpt", "identifier": "00000000-0000-4000-8000-00000000000a", "partitions": (ntfs, esp)}
        image = image.model_copy(update=new)
        mounts = (*mounts, Mount(device="/dev/sda2", path=ESP, type="vfat"))
    return DiskFacts(images=(image,), volumes=(), mounts=mounts)
