"""What is known about an installed Windows: each fact from its own module, all of them read from the hives."""

from __future__ import annotations

from collections.abc import Sequence

from guestfix.facts import windows_network as network
from guestfix.facts import windows_services as services
from guestfix.facts import windows_state as state
from guestfix.facts import windows_system as system
from guestfix.facts.base import Unknown
from guestfix.facts.disks import DiskFacts
from guestfix.facts.model import OperatingSystem
from guestfix.facts.windows_accounts import accounts
from guestfix.facts.windows_boot import configurations
from guestfix.facts.windows_boot_ini import boot_ini_entries
from guestfix.facts.windows_boot_sector import boot_sector
from guestfix.facts.windows_drives import astray, drives
from guestfix.facts.windows_model import Windows
from guestfix.facts.windows_readiness import readiness
from guestfix.facts.windows_registry import Registry
from guestfix.guest.protocol import GuestReader
from guestfix.rules.target import Target


def windows(guest: GuestReader, registry: Registry, disks: DiskFacts, targets: Sequence[Target]) -> Windows:
    """Return all that is known about the Windows whose hives these are."""
    known = services.services(guest, registry)
    unsure = registry.current if isinstance(registry.current, Unknown) else None
    dynamic = state.dynamic_disks(disks.images)
    letters, ntds = drives(registry, disks.images, dynamic), state.ntds(registry)
    standing = {target.id: readiness(target, known, unsure) for target in targets}
    return Windows(
        system_root=registry.system_root,
        product=system.product(registry),
        edition=system.edition(registry),
        version=system.version(registry),
        build=system.build(registry),
        installation_type=system.installation_type(registry),
        role=system.role(registry),
        licence=system.licence(registry),
        languages=system.languages(registry),
        control_sets=registry.sets,
        current_control_set=registry.current,
        unclean_hives=registry.unclean,
        services=known,
        driver_database=services.has_driver_database(registry),
        filters=services.filters(registry, known),
        interfaces=network.interfaces(registry),
        remote_desktop=network.remote_desktop(registry),
        remote_desktop_policy=network.remote_desktop_policy(registry),
        firewall_lets_remote_desktop_in=network.firewall_lets_remote_desktop_in(registry),
        clock_is_utc=state.clock_is_utc(registry),
        san_policy=state.san_policy(registry),
        drives=letters,
        page_files=state.page_files(registry),
        page_files_astray=astray(state.page_files(registry), letters),
        hibernation=state.hibernation(registry),
        fast_startup=state.fast_startup(registry),
        hibernated=state.hibernated(guest),
        bitlocker=state.bitlocker(disks.volumes),
        dynamic_disks=dynamic,
        image_state=state.image_state(registry),
        generalized=state.generalized(registry),
        answer_files=state.answer_files(guest, registry),
        autologon=state.autologon(registry),
        accounts=accounts(registry),
        pending=state.pending(guest, registry),
        domain_controller=state.domain_controller(registry),
        ntds=ntds,
        ntds_astray=astray([ntds] if ntds else [], letters),
        antivirus=services.antivirus(registry),
        dot_net=system.dot_net(registry),
        group_policies=state.group_policies(registry),
        driver_policies=state.driver_policies(registry),
        boot=configurations(guest, disks.images, disks.mounts),
        boot_ini=boot_ini_entries(guest, disks.images),
        boot_sector=boot_sector(disks.images, disks.volumes),
        targets={name: found for name, found in standing.items() if found is not None},
    )


def windows_system(registry: Registry, root: str) -> OperatingSystem:
    """Return the facts on the system that every guest has, for a Windows on the device `root`."""
    none = Unknown(unknown="Windows has none of those that we know")
    return OperatingSystem(
        family="windows",
        distribution="windows",
        version=system.version(registry),
        name=system.product(registry),
        architecture=system.architecture(registry),
        init=none,
        package_manager=none,
        hostname=system.hostname(registry),
        root=root,
    )
