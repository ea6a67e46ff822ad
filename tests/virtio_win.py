"""A folder laid out as a real virtio-win, after the corpus' list of its files; the drivers are empty inside.

What a file holds is its path, so that a test sees which one was taken. The INF files say what real ones say of
devices and services, and fit every version of Windows from theirs on: which one is taken, the folders decide.
"""

from __future__ import annotations

from pathlib import Path

from guestfix.guest.memory import MemoryGuest

LIST = "virt-v2v-fake-virtio-win/virtio-win-drivers-list.txt"

DEVICES = {
    "viostor": ("SCSIAdapter", "{4D36E97B-E325-11CE-BFC1-08002BE10318}", ("1001", "1042")),
    "vioscsi": ("SCSIAdapter", "{4D36E97B-E325-11CE-BFC1-08002BE10318}", ("1004", "1048")),
    "netkvm": ("Net", "{4d36e972-e325-11ce-bfc1-08002be10318}", ("1000", "1041")),
}

INF = r"""[Version]
Class={kind}
ClassGuid={guid}
CatalogFile={name}.cat
DriverVer=10/03/2023,100.94.104.24000
[SourceDisksNames]
1=disk
[SourceDisksFiles]
{name}.sys=1
[DestinationDirs]
files=12
[Manufacturer]
vendor=models,NT{architecture}
[models.NT{architecture}]
{models}
[files]
{name}.sys,,,2
[inst]
CopyFiles=files
[inst.Services]
AddService={name},2,service
[service]
ServiceType=1
StartType={start}
ErrorControl=1
ServiceBinary=%12%\{name}.sys
LoadOrderGroup={group}
AddReg=parameters
[parameters]
HKR,"Parameters\PnpInterface","5",0x00010001,1
HKR,Parameters,BusType,0x00010001,{bus}
"""


def inf_of(name: str, architecture: str) -> str:
    """Return the INF of one of `DEVICES`, after virtio-win's own (viostor.inx, vioscsi.inx, netkvm.inx)."""
    kind, guid, devices = DEVICES[name]
    ids = [rf"PCI\VEN_1AF4&DEV_{device}" for device in devices]
    models = "\n".join(f"disk=inst,{each}&SUBSYS_00021AF4&REV_00,{each}" for each in ids)
    return INF.format(
        kind=kind,
        guid=guid,
        name=name,
        architecture=architecture,
        models=models,
        start=3 if kind == "Net" else 0,
        group="NDIS" if kind == "Net" else "SCSI miniport",
        bus="0x0A" if name == "vioscsi" else "1",
    )


def text_of(path: str) -> str:
    """Return what the file at `path` in the folder holds: its path, or an INF."""
    stem, _, kind = path.rpartition("/")[2].lower().rpartition(".")
    if kind == "inf" and stem in DEVICES:
        return inf_of(stem, "amd64" if "/amd64/" in path else "x86")
    return path


def virtio_win(paths: list[str]) -> MemoryGuest:
    """Return the folder with these files."""
    folder = MemoryGuest()
    for path in paths:
        folder.add_file(f"/{path}", text_of(path).encode())
    return folder


def listed(corpora: Path) -> list[str]:
    """Return the paths of a real virtio-win, and of the drivers for XP that it no longer has."""
    xp = [f"viostor/xp/x86/viostor.{kind}" for kind in ("inf", "sys", "cat")]
    return (corpora / LIST).read_text().split("\n")[:-1] + xp
