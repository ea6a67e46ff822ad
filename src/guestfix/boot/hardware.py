"""The machine that a guest is proven on, as data and as QEMU's words for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Disk = Literal["nvme", "virtio-blk", "virtio-scsi", "ahci", "ide", "pvscsi", "lsi"]
Nic = Literal["virtio-net", "e1000", "e1000e", "vmxnet3", "rtl8139"]
Firmware = Literal["bios", "uefi"]


@dataclass(frozen=True)
class Hardware:
    """What the proof's machine is made of.

    `disk` and `nic` are words of `rules/targets/`; `lsi` is the controller that VMware calls LSI Logic SAS.
    `not_emulated` holds sentences on the target's devices that QEMU lacks; the verdict repeats them.
    """

    disk: Disk
    nic: Nic
    firmware: Firmware = "bios"
    memory_mib: int = 1024
    cpus: int = 2
    not_emulated: tuple[str, ...] = ()


@dataclass(frozen=True)
class BootDisk:
    """One image and its format in QEMU's word (raw, qcow2, vmdk, vpc, vhdx): nothing is guessed.

    `backing` is the image below, for an overlay. What the image itself says about a backing file is not
    believed; without `backing` none is opened. Images come from `guestfix.disks`, which has looked at them.
    """

    path: Path
    format: str
    backing: BootDisk | None = None


UNKNOWN_TO_UEFI: frozenset[Disk] = frozenset({"pvscsi", "lsi"})
"""Disks that OVMF has no driver for, as Debian builds it: its shell says "No mapping found". edk2's OvmfPkg makes
such drivers with PVSCSI_ENABLE and MPT_SCSI_ENABLE only."""


# From the controller's word to: the controllers to add (once), and the device of each disk.
_CONTROLLER: dict[Disk, tuple[str, ...]] = {
    "nvme": (),
    "virtio-blk": (),
    "virtio-scsi": ("virtio-scsi-pci,id=bus0",),
    "ahci": (),
    "ide": (),
    "pvscsi": ("pvscsi,id=bus0",),
    "lsi": ("mptsas1068,id=bus0",),
}
_DEVICE: dict[Disk, str] = {
    "nvme": "nvme",
    "virtio-blk": "virtio-blk-pci",
    "virtio-scsi": "scsi-hd",
    "ahci": "ide-hd",
    "ide": "ide-hd",
    "pvscsi": "scsi-hd",
    "lsi": "scsi-hd",
}
_CARD: dict[Nic, str] = {
    "virtio-net": "virtio-net-pci",
    "e1000": "e1000",
    "e1000e": "e1000e",
    "vmxnet3": "vmxnet3",
    "rtl8139": "rtl8139",
}


def machine_arguments(hardware: Hardware, accelerator: str) -> list[str]:
    """Machine, processor, memory. `ide` needs the old i440FX chipset: q35 has no IDE controller, only AHCI."""
    chipset = "pc" if hardware.disk == "ide" else "q35"
    # 57-bit addresses make emulated page walks longer and no guest needs them.
    processor = "host" if accelerator == "kvm" else "max,la57=off"
    return [
        "-machine", f"{chipset},usb=off", "-accel", accelerator, "-cpu", processor,
        "-m", str(hardware.memory_mib), "-smp", str(hardware.cpus), "-vga", "std",
    ]  # fmt: skip


def disk_arguments(hardware: Hardware, overlays: list[tuple[Path, BootDisk]]) -> list[str]:
    """The disks, in order; the first is what the firmware boots. Each overlay lies over its image, by name."""
    arguments: list[str] = []
    for controller in _CONTROLLER[hardware.disk]:
        arguments += ["-device", controller]
    for number, (overlay, image) in enumerate(overlays):
        node = {
            "driver": "qcow2",
            "node-name": f"disk{number}",
            "file": {"driver": "file", "filename": str(overlay)},
            "backing": image_node(image),
        }
        device: dict[str, object] = {
            "driver": _DEVICE[hardware.disk],
            "id": f"drive{number}",
            "drive": f"disk{number}",
            "bootindex": number + 1,
        }
        if hardware.disk == "nvme":
            device["serial"] = f"guestfix{number}"
        if hardware.disk == "ahci":  # QEMU puts every disk onto one port, where only one has room
            device["bus"] = f"ide.{number}"
        arguments += ["-blockdev", json.dumps(node), "-device", json.dumps(device)]
    return arguments


def image_node(image: BootDisk) -> dict[str, object]:
    """An image for QEMU: read-only, locked, its format said and its backing file ours to say."""
    node: dict[str, object] = {
        "driver": image.format,
        "read-only": True,
        "file": {"driver": "file", "filename": str(image.path), "read-only": True, "locking": "auto"},
    }
    if image.backing is not None:
        node["backing"] = image_node(image.backing)
    elif image.format in {"qcow2", "qed"}:
        node["backing"] = None
    return node


def network_arguments(hardware: Hardware, port: int, capture: Path) -> list[str]:
    """One card on a network of its own: DHCP from QEMU, nothing outside, SSH by a port of this host's loopback."""
    return [
        "-netdev", f"user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:{port}-:22",
        "-device", json.dumps({"driver": _CARD[hardware.nic], "netdev": "net0", "romfile": ""}),
        "-object", json.dumps({"qom-type": "filter-dump", "id": "dump0", "netdev": "net0", "file": str(capture)}),
    ]  # fmt: skip
