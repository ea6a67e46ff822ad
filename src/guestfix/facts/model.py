"""What is known about a guest: typed, immutable, serialisable, with *unknown* as a value that has a reason.

This is the only vocabulary that rules see (`os.family`, `boot.loader`, ...), and `guestfix inspect --json` is
exactly this model. Sizes and offsets are bytes. Sequences are in a stable order: images as given, partitions by
number, kernels newest first, everything else in the order of its source.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from guestfix.facts.base import Flag as Flag
from guestfix.facts.base import Model as Model
from guestfix.facts.base import Text as Text
from guestfix.facts.base import Unknown as Unknown
from guestfix.facts.ssh_model import Firewall as Firewall
from guestfix.facts.ssh_model import Ssh as Ssh
from guestfix.facts.windows_model import Windows

SCHEMA_VERSION = 1


class Partition(Model):
    """One slot of a partition table."""

    number: int = Field(description="As Linux numbers it: 1 to 4 primary, 5 and up logical, GPT slot + 1")
    device: str = Field(description="Name in the appliance, for example /dev/sda1")
    start: int
    size: int
    type: str = Field(description="MBR type as 0x83, or GPT type GUID in lower case")
    type_name: str
    uuid: str | None = Field(default=None, description="What /dev/disk/by-partuuid calls it")
    name: str | None = Field(default=None, description="GPT partition name")
    flags: tuple[str, ...] = ()


class Image(Model):
    """One disk image and its partition table."""

    path: str
    device: str = Field(description="Name in the appliance, for example /dev/sda")
    format: str
    variant: str | None = None
    virtual_size: int
    file_size: int
    table: Literal["mbr", "gpt", "none"]
    identifier: str | None = Field(default=None, description="MBR disk signature (8 hex digits) or GPT disk GUID")
    boot_code: str = Field(description="What the first sector would start: grub2, grub-legacy, windows, empty ...")
    partitions: tuple[Partition, ...] = ()
    notes: tuple[str, ...] = ()


class Geometry(Model):
    """What a boot sector says of the disk it was made on."""

    heads: int
    hidden_sectors: int = Field(description="Those before the partition")


class Volume(Model):
    """Something that holds a file system, swap, or a container of others (LVM, LUKS, md)."""

    device: str
    kind: Literal["partition", "disk", "logical volume", "md array", "luks mapping"]
    type: Text = Field(description="As blkid names it: ext4, xfs, swap, LVM2_member, crypto_LUKS ...")
    uuid: str | None = None
    label: str | None = None
    size: int
    part_of: str | None = Field(default=None, description="Volume group, array or LUKS container")
    names: tuple[str, ...] = Field(default=(), description="What the guest calls it: crypttab's name, the array's")
    subvolumes: tuple[str, ...] = ()
    geometry: Geometry | None = Field(default=None, description="Of NTFS, which XP and 2003 start by")
    notes: tuple[str, ...] = ()


class Mount(Model):
    """A file system of the guest in its place, as the appliance mounts it."""

    device: str
    path: str
    type: str
    options: str = ""


class Room(Model):
    """What is free on one mounted file system of the guest, as it is now."""

    path: str = Field(description="The shortest path that lies on it")
    size: int
    usable: int = Field(description="Bytes that new files can take, without what the file system keeps for itself")
    inodes: int | None = Field(default=None, description="Files that can still be made; null: no such limit")


class Firmware(Model):
    """What kind of firmware can start this guest."""

    bios: Flag
    uefi: Flag
    why: str


class OperatingSystem(Model):
    """Which system is installed. Names are those of os-release: `debian`, `rhel`, `sles` ..."""

    family: Text = Field(description="linux or windows")
    distribution: Text
    like: tuple[str, ...] = Field(default=(), description="ID_LIKE of os-release")
    version: Text
    name: Text = Field(description="For people: PRETTY_NAME or ProductName")
    architecture: Text = Field(description="As uname -m prints it: x86_64, aarch64, i386 ...")
    init: Text = Field(description="systemd, sysvinit, upstart, openrc")
    package_manager: Text = Field(description="dpkg, rpm, apk, pacman")
    hostname: Text
    root: str = Field(description="Device that holds the root file system")


class BootEntry(Model):
    """One way to start this guest that its boot loader offers."""

    title: str
    id: str = Field(description="What the boot loader calls it: a GRUB path such as 1>0, or a BLS id")
    kernel: str
    initramfs: tuple[str, ...] = ()
    command_line: str
    source: str = Field(description="File that holds it")
    line: int


class BootLoader(Model):
    """The boot loader, its files, and what it starts by default."""

    loader: Text = Field(description="grub2, grub-legacy, systemd-boot, extlinux")
    installed_on: str | None = Field(default=None, description="Device whose first sectors start it")
    files: tuple[str, ...] = ()
    entries: tuple[BootEntry, ...] = ()
    default: Text = Field(description="id of the entry that starts if nobody touches a key")
    timeout: int | Unknown = Field(description="Seconds the menu waits; -1 is for ever")


class Segment(Model):
    """One cpio archive of an initramfs."""

    offset: int
    length: int
    compression: str
    entries: int
    early: bool = Field(description="Read by the kernel before it unpacks the rest: microcode, ACPI tables")


class Initramfs(Model):
    """What the kernel unpacks before it looks for the root file system."""

    path: str
    size: int
    sha256: str
    generator: Text = Field(description="initramfs-tools, dracut, mkinitcpio ...")
    segments: tuple[Segment, ...]
    modules: tuple[str, ...] = Field(description="Names of the kernel modules inside, without .ko")


class DriverState(StrEnum):
    """Where a kernel has a driver. The first two are enough to find the root file system."""

    BUILT_IN = "built in"
    IN_INITRAMFS = "in initramfs"
    ON_DISK = "only on disk"
    MISSING = "missing"


class Readiness(Model):
    """How one kernel stands on one target."""

    storage: dict[str, DriverState] = Field(description="Module name to state; needed to find the root disk")
    network: dict[str, DriverState] = Field(description="Module name to state; may be loaded from the root disk")
    boots: Flag = Field(description="Every storage driver is built in or in the initramfs")
    answers: Flag = Field(description="Every network driver is anywhere")


class Kernel(Model):
    """One installed kernel."""

    version: str
    image: str = Field(description="Path of vmlinuz")
    initramfs: Initramfs | Unknown | None = Field(description="null: there is none")
    modules_directory: str | None
    modules_on_disk: int
    modules_built_in: int
    kind: Literal["normal", "rescue", "kdump", "xen-pv", "debug"] = "normal"
    targets: dict[str, Readiness] = Field(default={}, description="Target id to readiness")


class FstabEntry(Model):
    """One line of /etc/fstab."""

    line: int
    spec: str
    mount_point: str
    type: str
    options: str
    device: str | Unknown | None = Field(description="Volume it names; null: it names none (tmpfs, nfs, bind)")


class Fstab(Model):
    """What is mounted at boot."""

    path: str
    entries: tuple[FstabEntry, ...] = ()
    not_understood: tuple[int, ...] = Field(default=(), description="Line numbers kept as they are")


class NetworkSystem(Model):
    """Something that configures network cards: ifupdown, netplan, NetworkManager ..."""

    name: str
    enabled: Flag
    files: tuple[str, ...] = ()
    why: str


class Interface(Model):
    """One network interface that a configuration names."""

    name: str = Field(description="As the system calls it; * where the configuration is for any card")
    method: Literal["static", "dhcp", "manual", "loopback", "other"]
    addresses: tuple[str, ...] = ()
    gateway: str | None = None
    gateway6: str | None = None
    nameservers: tuple[str, ...] = ()
    search: tuple[str, ...] = Field(default=(), description="Domains that host names are looked up in")
    mac: str | None = Field(default=None, description="Of the card that it is bound to, or that it is given")
    kind: Literal["ethernet", "bond", "team", "vlan", "bridge", "loopback", "other"] = "ethernet"
    source: str
    line: int


class Network(Model):
    """How this guest gets its addresses."""

    systems: tuple[NetworkSystem, ...] = ()
    in_charge: Text
    interfaces: tuple[Interface, ...] = ()
    dhcp_client: Text = Field(description="Program or service that asks for a lease")


class Facts(Model):
    """All that inspection found about one guest."""

    schema_version: Literal[1] = 1
    images: tuple[Image, ...]
    volumes: tuple[Volume, ...] | Unknown
    mounts: tuple[Mount, ...]
    room: tuple[Room, ...] = Field(default=(), description="One for each file system, by path")
    firmware: Firmware
    os: OperatingSystem
    boot: BootLoader
    kernels: tuple[Kernel, ...]
    fstab: Fstab | Unknown
    network: Network
    ssh: Ssh | None = Field(default=None, description="The SSH server; null: none is installed")
    firewall: Firewall | None = Field(
        default=None, description="What they make of the way in; null: none is started"
    )
    windows: Windows | None = Field(default=None, description="An installed Windows; null for any other system")
