r"""What is known about a Windows guest, from its hives and files. Below `facts.windows`, null for others.

Sources of the keys are named where they are read (`facts/windows_*.py`). Paths of files are those of the guest as
guestfix sees it (`/Windows/System32`); paths that Windows itself uses are kept as written (`C:\Windows\NTDS`).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from guestfix.facts.base import Flag, Model, Number, Text, Unknown


class WindowsService(Model):
    """One service or driver of the control set in use."""

    name: str
    type: int | None = Field(description="1 kernel driver, 2 file system driver, 0x10 and 0x20 processes")
    start: int | None = Field(description="0 boot, 1 system, 2 automatic, 3 on demand, 4 disabled")
    image: str = Field(description="ImagePath as it is written; empty for none")
    file: Literal["present", "missing", "elsewhere"] = Field(
        description="Whether a driver's file is in System32\\drivers; elsewhere: it does not belong there"
    )
    start_override: bool = Field(description="StartOverride makes it start on demand, whatever Start says")


class ClassFilter(Model):
    """A filter driver of a device class that matters. If it cannot be loaded, the device does not start."""

    device_class: str = Field(description="disk, volume, scsi adapter, system, hdc ...")
    guid: str
    place: Literal["UpperFilters", "LowerFilters"]
    name: str
    control_set: str
    problem: str = Field(description="Why it cannot be loaded; empty: it can")


class WindowsInterface(Model):
    """TCP/IP settings of one network card, present or not."""

    guid: str
    name: str = Field(description="What the user sees: Ethernet 2; empty if not said")
    dhcp: bool
    addresses: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    nameservers: tuple[str, ...] = ()
    control_set: str


class WindowsAccount(Model):
    """A local account."""

    name: str
    enabled: bool
    password: Flag = Field(description="It has one; over the network nobody logs in without")


class WindowsDrive(Model):
    """A drive letter."""

    letter: str = Field(description="C:")
    found: str | Unknown | None = Field(description="The partition of these disks that it is; null: it is on none")


class BootDevice(Model):
    """A device that a BCD entry names."""

    kind: Literal["boot", "partition", "locate", "other"]
    table: Literal["mbr", "gpt"] | None = None
    disk: str | None = Field(default=None, description="MBR signature (8 hex digits) or GPT disk GUID")
    partition: str | None = Field(default=None, description="Offset in bytes as decimal, or GPT partition GUID")
    found: str | Unknown | None = Field(
        default=None, description="The partition of these disks that it is; null: it is on none of them"
    )


class BootObject(Model):
    """One object of a BCD that starts something."""

    id: str
    kind: str = Field(description="boot manager, windows loader, resume, memory test, legacy loader, other")
    description: str
    path: str
    device: BootDevice | None
    os_device: BootDevice | None
    recovery: bool | None = Field(description="recoveryenabled; null: not said")
    status_policy: int | None = Field(description="bootstatuspolicy; 1 ignores all failures; null: not said")
    ems: bool | None = Field(description="Emergency management on the serial port; null: not said")


class BootSector(Model):
    """What the boot sector of the active partition says, and what is so."""

    device: str
    heads: int
    disk_heads: int = Field(description="Those that a BIOS gives a disk of this size")
    hidden_sectors: int
    first_sector: int = Field(description="Where the partition begins")


class BootIniEntry(Model):
    """One line of boot.ini that starts something."""

    title: str
    source: str = Field(description="Path of the boot.ini")
    line: int
    starts: str = Field(description="The ARC path or file that it names")
    default: bool = Field(description="It starts if nobody chooses")
    found: str | Unknown | None = Field(
        description="The partition of these disks that it names; null: it is on none of them"
    )


class BootConfiguration(Model):
    """One boot configuration store."""

    path: str
    firmware: Literal["bios", "uefi"]
    objects: tuple[BootObject, ...]
    default: str | None = Field(description="id of what starts if nobody chooses")
    display_order: tuple[str, ...]
    timeout: int | None = Field(description="Seconds the menu waits; null: 30")
    ems: bool = Field(description="The boot manager talks on the serial port")
    agrees: Flag = Field(description="Every device of the default entry and the boot manager is on these disks")


class WindowsReadiness(Model):
    """How this Windows stands on one target."""

    storage: dict[str, str] = Field(description="Driver to state: starts, on demand, overridden, missing ...")
    boots: Flag = Field(description="Every storage driver is there and starts with the system")
    network: dict[str, str] = Field(description="Driver to state")
    answers: Flag = Field(description="Every network driver is there")


class Windows(Model):
    """All that is known about an installed Windows."""

    system_root: str = Field(description="/Windows, as the disk spells it")
    product: Text = Field(description="For people; 11 by its build, whatever ProductName says")
    edition: Text = Field(description="EditionID: Professional, ServerStandard ...")
    version: Text = Field(description="major.minor, such as 6.1 or 10.0")
    build: Number
    installation_type: Text = Field(description="Client, Server, Server Core, Nano Server")
    role: Text = Field(description="client, server or domain controller")
    licence: Text = Field(description="client or server; what a cloud may bill by")
    languages: tuple[str, ...]
    control_sets: tuple[str, ...]
    current_control_set: Text
    unclean_hives: tuple[str, ...] = Field(description="Hives that were not written to their end")
    services: tuple[WindowsService, ...]
    driver_database: Flag = Field(
        description="SYSTEM has DriverDatabase (8 and later), not CriticalDeviceDatabase"
    )
    filters: tuple[ClassFilter, ...]
    interfaces: tuple[WindowsInterface, ...]
    remote_desktop: Flag
    remote_desktop_policy: bool | None = Field(description="What group policy says instead; null: nothing")
    firewall_lets_remote_desktop_in: Flag
    clock_is_utc: Flag = Field(description="RealTimeIsUniversal")
    san_policy: int | Unknown | None = Field(description="1 all disks online; null: the default of the edition")
    drives: tuple[WindowsDrive, ...]
    page_files: tuple[str, ...]
    page_files_astray: tuple[str, ...] = Field(description="Those on a drive that is on none of these disks")
    hibernation: Flag
    fast_startup: Flag
    hibernated: Flag = Field(description="hiberfil.sys holds a sleeping system")
    bitlocker: tuple[str, ...] = Field(description="Volumes that are encrypted")
    dynamic_disks: tuple[str, ...] = Field(description="Disks of the logical disk manager")
    image_state: Text = Field(description="IMAGE_STATE_COMPLETE, or how far sysprep has it")
    generalized: Flag
    answer_files: tuple[str, ...] = Field(default=(), description="Those that setup would read, in its order")
    autologon: Flag
    accounts: tuple[WindowsAccount, ...] = Field(default=(), description="Those of this machine, none of a domain")
    pending: tuple[str, ...] = Field(description="What waits for the next start: updates, renames ...")
    domain_controller: Flag
    ntds: str | None = Field(description="Database of a domain controller, as Windows names it")
    ntds_astray: tuple[str, ...] = Field(description="It, if it is on a drive that is on none of these disks")
    antivirus: tuple[str, ...] = Field(description="Filter drivers of virus scanners, other than Windows' own")
    dot_net: tuple[str, ...] = Field(description="Versions of the .NET Framework")
    group_policies: Flag = Field(description="Group policies were applied to this machine")
    driver_policies: tuple[str, ...] = Field(description="Policies that keep devices from being installed")
    boot: tuple[BootConfiguration, ...]
    boot_ini: tuple[BootIniEntry, ...] = Field(default=(), description="What NTLDR of XP and 2003 starts")
    boot_sector: BootSector | None = Field(default=None, description="Null: the active partition is no NTFS")
    targets: dict[str, WindowsReadiness] = Field(default={}, description="Target id to readiness")

    @property
    def boot_stores(self) -> tuple[str, ...]:
        """Paths of the boot configuration stores."""
        return tuple(store.path for store in self.boot)
