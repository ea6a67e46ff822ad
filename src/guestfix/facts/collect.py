"""Inspect once: run every collector over one guest and put what they found together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from guestfix.facts.boot_loader import boot_loader
from guestfix.facts.disks import DiskFacts
from guestfix.facts.firewall import firewall
from guestfix.facts.firmware import firmware
from guestfix.facts.fstab import fstab
from guestfix.facts.kernels import kernels
from guestfix.facts.model import Facts, Unknown
from guestfix.facts.network import network
from guestfix.facts.operating_system import init_system, operating_system
from guestfix.facts.room import room
from guestfix.facts.ssh import ssh
from guestfix.facts.windows import windows, windows_system
from guestfix.facts.windows_registry import registry
from guestfix.families import built_in_families
from guestfix.guest.protocol import GuestReader
from guestfix.initramfs import Initramfs
from guestfix.rules.family import Family
from guestfix.rules.target import Target


@dataclass(frozen=True, slots=True)
class Inspection:
    """Facts, and beside them what is too large or too inner for them."""

    facts: Facts
    initramfs: Mapping[str, Initramfs]
    """Descriptions of the initramfs images, by resolved path."""


def collect(
    guest: GuestReader,
    disks: DiskFacts | Unknown,
    targets: Sequence[Target] = (),
    families: Sequence[Family] | None = None,
) -> Inspection:
    """Return what can be known of `guest`, whose disks are `disks`; Unknown where only a mounted root was given.

    Where `families` is None they are those that guestfix brings. A file that cannot be used makes its own fact
    Unknown, and no other.
    """
    known = disks if isinstance(disks, DiskFacts) else DiskFacts(images=(), volumes=disks, mounts=())
    found = kernels(guest, targets)
    hives = registry(guest)
    table = fstab(guest, known.images, known.volumes)
    server = None if hives else ssh(guest, init_system(guest), table)
    net = network(guest)
    cards = {each.name for each in net.interfaces if each.kind == "ethernet"}
    facts = Facts(
        images=known.images,
        volumes=known.volumes,
        mounts=known.mounts,
        room=room(guest, known.mounts),
        firmware=firmware(guest, known.images, known.volumes, known.mounts),
        os=windows_system(hives, known.root)
        if hives
        else operating_system(guest, known.root, built_in_families() if families is None else families),
        boot=boot_loader(guest, known.images),
        kernels=found.kernels,
        fstab=table,
        network=net,
        ssh=server,
        firewall=firewall(guest, init_system(guest), server.ports if server else (22,), cards),
        windows=windows(guest, hives, known, targets) if hives else None,
    )
    return Inspection(facts, found.initramfs)
