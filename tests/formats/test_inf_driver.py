r"""What an INF installs.

The texts are written by hand after real packages: names, ids and sections of virtio-win's viostor.inx and of
xenserver's xenbus.inf, and the layouts of Microsoft's INF reference (Manufacturer, SourceDisksNames).
"""

from __future__ import annotations

import pytest

from guestfix.formats import inf
from guestfix.formats.inf_driver import (
    Architecture,
    Installation,
    RegistryValue,
    System,
    decoration,
    decorations,
    installations,
    nearness,
    package,
    registry_bytes,
    sources,
)

VIOSTOR = r"""[Version]
Signature="$Windows NT$"
Class=SCSIAdapter
ClassGUID={4D36E97B-E325-11CE-BFC1-08002BE10318}
Provider=%VENDOR%
DriverVer=10/03/2023,100.94.104.24000
CatalogFile=viostor.cat

[SourceDisksNames]
1 = %DiskId1%,,,""

[SourceDisksFiles]
viostor.sys = 1,,

[DestinationDirs]
viostor_Files_Driver = 12

[Manufacturer]
%VENDOR% = VioStor,NTamd64.10.0...16299,NTamd64.6.1

[VioStor.NTamd64.10.0...16299]
%Desc% = scsi_inst, PCI\VEN_1AF4&DEV_1001&SUBSYS_00021AF4&REV_00, PCI\VEN_1AF4&DEV_1001
%Desc% = scsi_inst, PCI\VEN_1AF4&DEV_1042&SUBSYS_11001AF4&REV_01, PCI\VEN_1AF4&DEV_1042

[VioStor.NTamd64.6.1]
%Desc% = scsi_inst, PCI\VEN_1AF4&DEV_1001&SUBSYS_00021AF4&REV_00

[viostor_Files_Driver]
viostor.sys,,,2

[scsi_inst]
CopyFiles=viostor_Files_Driver

[scsi_inst.Services]
AddService = viostor, 0x00000002, scsi_Service_Inst, scsi_EventLog_Inst

[scsi_Service_Inst]
ServiceType    = %SERVICE_KERNEL_DRIVER%
StartType      = %SERVICE_BOOT_START%
ErrorControl   = %SERVICE_ERROR_NORMAL%
ServiceBinary  = %12%\viostor.sys
LoadOrderGroup = SCSI miniport
AddReg         = pnpsafe_pci_addreg

[scsi_inst.HW]
AddReg = msix

[pnpsafe_pci_addreg]
HKR, "Parameters\PnpInterface", "5", %REG_DWORD%, 0x00000001
HKR, "Parameters", "BusType", %REG_DWORD%, 0x00000001

[msix]
HKR, "Interrupt Management",, 0x00000010
HKR, "Interrupt Management\MessageSignaledInterruptProperties", MSISupported, 0x00010001, 1

[Strings]
VENDOR = "Red Hat, Inc."
DiskId1 = "Installation Disk"
Desc = "Red Hat VirtIO SCSI controller"
REG_DWORD = 0x00010001
SERVICE_KERNEL_DRIVER = 1
SERVICE_BOOT_START = 0
SERVICE_ERROR_NORMAL = 1
"""

XENBUS = r"""[Version]
Signature="$Windows NT$"
Class=System
ClassGUID={4d36e97d-e325-11ce-bfc1-08002be10318}

[DestinationDirs]
DefaultDestDir=12
CoInst_CopyFiles=11

[SourceDisksNames]
0=%DiskDesc%

[SourceDisksFiles]
xen.sys=0,,
xenbus.sys=0,,
xenfilt.sys=0,,
xenbus_coinst.dll=0,,

[XenBus_Copyfiles]
xen.sys
xenbus.sys
xenfilt.sys

[Manufacturer]
%Citrix%=Citrix,NTamd64

[Citrix.NTamd64]
%XenBusDesc%	=XenBus_Inst,	PCI\VEN_5853&DEV_0002
%XenBusDesc%	=XenBus_Inst,	PCI\VEN_5853&DEV_0001

[XenBus_Inst]
CopyFiles=XenBus_Copyfiles, CoInst_CopyFiles

[CoInst_CopyFiles]
xenbus_coinst_8_2.dll,xenbus_coinst.dll

[XenBus_Inst.Services]
AddService=xenbus,0x02,XenBus_Service,
AddService=xenfilt,,XenFilt_Service,

[XenBus_Service]
ServiceType=0x1
StartType=0x0
ErrorControl=0x1
ServiceBinary=%12%\xenbus.sys
LoadOrderGroup="Boot Bus Extender"

[XenFilt_Service]
ServiceType=0x1
StartType=0x0
ErrorControl=0x1
ServiceBinary=%12%\xenfilt.sys
LoadOrderGroup="Boot Bus Extender"
AddReg=XenFilt_Parameters

[XenFilt_Parameters]
HKR,"Parameters","ACPI\PNP0A03",0x00000000,"DEVICE"

[Strings]
Citrix="Citrix Systems Inc."
DiskDesc="Tools"
XenBusDesc="PV Bus"
"""


def system(
    architecture: Architecture = "amd64", version: tuple[int, int, int] = (10, 0, 20348), server: bool = True
) -> System:
    return System(architecture, *version, server)


def only(text: str, wanted: System) -> Installation:
    (found,) = installations(inf.parse(text.encode()), wanted)
    return found


def test_the_package_says_class_catalog_and_version() -> None:
    found = package(inf.parse(VIOSTOR.encode()))
    assert found.class_name == "SCSIAdapter"
    assert found.class_guid == "{4d36e97b-e325-11ce-bfc1-08002be10318}"
    assert (found.provider, found.catalog) == ("Red Hat, Inc.", "viostor.cat")
    assert (found.date, found.version) == ("10/03/2023", (100, 94, 104, 24000))


def test_a_boot_driver_with_its_ids_service_and_file() -> None:
    found = only(VIOSTOR, system())
    assert found.ids == (
        r"PCI\VEN_1AF4&DEV_1001&SUBSYS_00021AF4&REV_00",
        r"PCI\VEN_1AF4&DEV_1001",
        r"PCI\VEN_1AF4&DEV_1042&SUBSYS_11001AF4&REV_01",
        r"PCI\VEN_1AF4&DEV_1042",
    )
    service = found.service
    assert service is not None
    assert (service.name, service.type, service.start, service.error_control) == ("viostor", 1, 0, 1)
    assert (service.group, service.binary, service.file) == ("SCSI miniport", r"%12%\viostor.sys", "viostor.sys")
    assert [(one.key, one.name, one.flags, one.data) for one in service.registry] == [
        (r"Parameters\PnpInterface", "5", 0x10001, ("0x00000001",)),
        ("Parameters", "BusType", 0x10001, ("0x00000001",)),
    ]
    (file,) = found.files
    assert (file.name, file.source, file.directory, file.below) == ("viostor.sys", "viostor.sys", 12, "")
    assert [one.name for one in found.registry] == ["", "MSISupported"]


def test_an_older_windows_gets_the_section_made_for_it() -> None:
    assert len(only(VIOSTOR, system(version=(6, 1, 7601))).ids) == 1
    assert len(only(VIOSTOR, system(version=(10, 0, 14393))).ids) == 1
    assert len(only(VIOSTOR, system(version=(10, 0, 16299))).ids) == 4


@pytest.mark.parametrize("wanted", [system("x86"), system("arm64"), system(version=(6, 0, 6002))])
def test_a_package_for_others_installs_nothing(wanted: System) -> None:
    assert installations(inf.parse(VIOSTOR.encode()), wanted) == ()


def test_a_filter_comes_beside_the_function_driver() -> None:
    found = only(XENBUS, system())
    assert [(each.name, each.function, each.start) for each in found.services] == [
        ("xenbus", True, 0),
        ("xenfilt", False, 0),
    ]
    assert found.service is not None
    assert found.service.name == "xenbus"
    assert [(file.name, file.source, file.directory) for file in found.files] == [
        ("xen.sys", "xen.sys", 12),
        ("xenbus.sys", "xenbus.sys", 12),
        ("xenfilt.sys", "xenfilt.sys", 12),
        ("xenbus_coinst_8_2.dll", "xenbus_coinst.dll", 11),
    ]


def test_an_undecorated_models_section_is_for_x86_only_where_others_are_named() -> None:
    text = (
        "[Manufacturer]\nAcme=Acme,NTamd64\n[Acme]\nold=i,PCI\\A\n[Acme.NTamd64]\nnew=i,PCI\\B\n"
        "[i]\nCopyFiles=@a.sys\n"
    )
    assert only(text, system("x86", (5, 1, 2600), server=False)).ids == ("PCI\\A",)
    assert only(text, system()).ids == ("PCI\\B",)


def test_a_manufacturer_that_names_no_section_is_its_own() -> None:
    text = "[Manufacturer]\nAcme\n[Acme]\nd=i,PCI\\A\n"
    assert only(text, system("x86", (5, 2, 3790))).ids == ("PCI\\A",)


def test_workstation_and_server_are_told_apart() -> None:
    text = (
        "[Manufacturer]\nA=A,NTamd64.6.1.1,NTamd64.6.1.3\n[A.NTamd64.6.1.1]\nd=i,PCI\\CLIENT\n"
        "[A.NTamd64.6.1.3]\nd=i,PCI\\SERVER\n"
    )
    assert only(text, system(server=False)).ids == ("PCI\\CLIENT",)
    assert only(text, system(server=True)).ids == ("PCI\\SERVER",)


def test_an_install_section_may_be_decorated_by_platform() -> None:
    text = (
        "[Manufacturer]\nA=A,NTamd64\n[A.NTamd64]\nd=i,PCI\\A\n[i]\nCopyFiles=@x86.sys\n"
        "[i.NTamd64]\nCopyFiles=@x64.sys\n[DestinationDirs]\nDefaultDestDir=13\n"
        "[SourceDisksFiles]\nx64.sys=1\n[SourceDisksNames.amd64]\n1=disk,,,\\x64\n[SourceDisksNames]\n1=disk,,,\\x86\n"
    )
    (file,) = only(text, system()).files
    assert (file.name, file.source, file.directory) == ("x64.sys", "x64/x64.sys", 13)


def test_a_source_path_stays_inside_the_package() -> None:
    text = (
        "[Manufacturer]\nA=A,NTamd64\n[A.NTamd64]\nd=i,PCI\\A\n[i]\nCopyFiles=@a.sys\n"
        "[SourceDisksFiles]\na.sys=1,..\\..\\etc\n[SourceDisksNames]\n1=d,,,\\..\\..\n"
    )
    assert only(text, system()).files[0].source == "etc/a.sys"


@pytest.mark.parametrize(
    ("word", "fields"),
    [
        ("NTamd64.10.0...16299", ("amd64", 10, 0, None, None, 16299)),
        ("NTx86.5.1", ("x86", 5, 1, None, None, None)),
        ("NT", (None, None, None, None, None, None)),
        ("NTamd64.6.1.3.0x80", ("amd64", 6, 1, 3, 0x80, None)),
    ],
)
def test_decorations(word: str, fields: tuple[object, ...]) -> None:
    found = decoration(word)
    assert found is not None
    assert (found.architecture, found.major, found.minor, found.product_type, found.suite, found.build) == fields


@pytest.mark.parametrize("word", ["", "amd64", "NTm68k", "NTamd64.1.2.3.4.5.6"])
def test_what_is_no_decoration(word: str) -> None:
    assert decoration(word) is None


def test_every_decoration_is_listed_once() -> None:
    assert [each.text for each in decorations(inf.parse(VIOSTOR.encode()))] == [
        "NTamd64.10.0...16299",
        "NTamd64.6.1",
    ]


def test_a_suite_that_nobody_can_know_fits_nothing() -> None:
    found = decoration("NTamd64.6.1.3.0x80")
    assert found is not None
    assert not found.fits(system())


def test_numbers_that_are_none_are_zero() -> None:
    text = VIOSTOR.replace("SERVICE_BOOT_START = 0", "SERVICE_BOOT_START = ٣").replace("2023,100.94", "2023,x.94")
    found = only(text, system())
    assert found.service is not None
    assert found.service.start == 0
    assert package(inf.parse(text.encode())).version == (0, 94, 104, 24000)


def test_the_files_of_a_package_are_more_than_one_installation_copies() -> None:
    text = VIOSTOR.replace("viostor.sys = 1,,", "viostor.sys = 1,,\nco.dll = 1,\\extra")
    assert sources(inf.parse(text.encode()), system()) == ("viostor.sys", "extra/co.dll")


@pytest.mark.parametrize(
    ("flags", "data", "stored"),
    [
        (0x10001, ("0x0A",), (4, b"\x0a\0\0\0")),
        (0, ("DEVICE",), (1, "DEVICE\0".encode("utf-16-le"))),
        (0x20000, ("%1%",), (2, "%1%\0".encode("utf-16-le"))),
        (0x10000, ("a", "b"), (7, "a\0b\0\0".encode("utf-16-le"))),
        (0x1, ("01", "ff"), (3, b"\x01\xff")),
        (0x10003, ("1",), (4, b"\x01\0\0\0")),
        (0x1, ("100",), None),
        (0x10, (), None),
        (0x4, (), None),
    ],
)
def test_lines_of_addreg_as_the_registry_stores_them(
    flags: int, data: tuple[str, ...], stored: tuple[int, bytes] | None
) -> None:
    assert registry_bytes(RegistryValue("HKR", "", "x", flags, data)) == stored


def test_the_nearest_decoration_ranks_highest() -> None:
    parsed = inf.parse(VIOSTOR.encode())
    older, newer = system(version=(6, 1, 7601)), system(version=(10, 0, 20348))
    assert () < nearness(parsed, older) < nearness(parsed, newer)
    assert nearness(parsed, system("arm64")) == ()
