"""What a target is: data in `rules/targets/ID.yaml`, nothing else knows about platforms."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from guestfix.facts.model import Model
from guestfix.rules.support import SupportList


class Need(Model):
    """One device of the platform and the kernel modules that drive it."""

    device: str = Field(description="What a person calls it: NVMe disk, virtio network card")
    modules: tuple[str, ...] = Field(min_length=1, description="Kernel modules, without .ko; dependencies follow")
    instead: tuple[str, ...] = Field(
        default=(), description="Modules that older kernels have instead; enough if `modules` are missing"
    )
    optional: bool = Field(default=False, description="The guest boots and answers without it")


class Drivers(Model):
    """Which devices have to be driven for the guest to find its root disk, and to answer."""

    storage: tuple[Need, ...] = Field(description="Devices between the kernel and its root disk")
    network: tuple[Need, ...] = Field(description="Network cards")


class WindowsNeed(Model):
    """One device of the platform and the drivers of Windows for it."""

    device: str = Field(description="What a person calls it")
    services: tuple[str, ...] = Field(min_length=1, description="Names of the driver services, all of them")
    instead: tuple[str, ...] = Field(
        default=(), description="Services that do as well; any one of them is enough, an add-on driver for example"
    )
    ids: tuple[str, ...] = Field(
        default=(), description="Hardware ids of the device: an INF of `--drivers` that has one of them drives it"
    )
    optional: bool = Field(default=False, description="The guest boots and answers without it")


class WindowsDrivers(Model):
    """What an installed Windows needs there."""

    storage: tuple[WindowsNeed, ...] = Field(description="Devices between the kernel and its system disk")
    network: tuple[WindowsNeed, ...] = Field(description="Network cards")


class Hardware(Model):
    """Devices for `guestfix boot`, in the words of `guestfix.boot`."""

    disk: Literal["nvme", "virtio-blk", "virtio-scsi", "ahci", "ide", "pvscsi", "lsi"] = Field(
        description="Controller and disk that QEMU shows; lsi is LSI Logic SAS"
    )
    nic: Literal["virtio-net", "e1000", "e1000e", "vmxnet3", "rtl8139"] = Field(
        description="Network card that QEMU shows"
    )


class OlderKernels(Model):
    """What a kernel parameter has to be for kernels that do not take its usual value."""

    before: str = Field(
        pattern=r"^[0-9]+(\.[0-9]+)*$", description="First kernel version that takes the usual word"
    )
    instead_of: str = Field(description="The word of `kernel_parameters`")
    parameter: str = Field(description="The word that these kernels get")


class Limits(Model):
    """What the platform takes and gives; null where it sets no limit that we know."""

    architectures: tuple[str, ...] = Field(default=("x86_64",), description="As uname -m prints them")
    volumes: int | None = Field(default=None, description="Disks that one machine can have")
    cards: int | None = Field(default=None, description="Network cards that a converted machine gets")
    ipv4: bool = Field(default=False, description="It gives addresses of IPv4 only")
    volume_size: int | None = Field(default=None, description="Largest disk, in bytes")
    linux_root_free: int | None = Field(default=None, description="Bytes that a Linux root needs free")
    windows_root_free: int | None = Field(default=None, description="Bytes that a Windows root needs free")
    root_file_systems: tuple[str, ...] = Field(default=(), description="File systems of a Linux root; none: any")


class Target(Model):
    """A platform that guests move to."""

    id: str = Field(description="The file's name without .yaml")
    summary: str = Field(description="What it is called, and its usual disks and network, in one line")
    source: tuple[str, ...] = Field(description="Where each of these facts is written down")
    firmware: tuple[Literal["bios", "uefi"], ...] = Field(
        description="bios, uefi; the first starts a guest that is made for either"
    )
    drivers: Drivers = Field(description="What has to be driven there: `storage` and `network`")
    windows: WindowsDrivers | None = Field(
        default=None, description="The same for Windows; without it the target is not known to run any"
    )
    consoles: tuple[str, ...] = Field(default=(), description="console= values in order; the last is /dev/console")
    kernel_parameters: tuple[str, ...] = Field(default=(), description="Words that the kernel command line gets")
    older_kernels: tuple[OlderKernels, ...] = Field(
        default=(), description="Other values of these words, for kernels that refuse the usual one"
    )
    hardware_clock: Literal["utc", "chosen"] = Field(
        default="chosen", description="utc where the platform sets it so; chosen where whoever runs it decides"
    )
    proof: tuple[Hardware, ...] = Field(
        min_length=1, description="Hardware to boot on as proof; the first is the default"
    )
    limits: Limits = Field(default=Limits(), description="What the platform takes and gives")
    support: tuple[SupportList, ...] = Field(default=(), description="Comes from `rules/support/`, not from here")
    not_emulated: tuple[str, ...] = Field(default=(), description="Its devices that QEMU lacks, so unproven")

    @model_validator(mode="after")
    def _older_words_are_there(self) -> Self:
        for older in self.older_kernels:
            if older.instead_of not in self.kernel_parameters:
                raise ValueError(f"{older.instead_of} is none of `kernel_parameters`")
        return self

    def parameter_for(self, word: str, version: str) -> str:
        """Return what a kernel of this version gets instead of `word`: the word itself where it takes that.

        A version that does not begin with a number takes the usual word.
        """
        numbers = _numbers(version)
        older = [
            each for each in self.older_kernels if each.instead_of == word and numbers < _numbers(each.before)
        ]
        return min(older, key=lambda each: _numbers(each.before)).parameter if numbers and older else word


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,3}", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
