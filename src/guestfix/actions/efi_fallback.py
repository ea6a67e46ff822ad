r"""`efi_fallback`: give UEFI firmware the loader that it starts without NVRAM, \EFI\BOOT\BOOTX64.EFI."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import Field

from guestfix.actions._finding import FindingParams
from guestfix.changes import Evidence, Note, Whole
from guestfix.facts.firmware import esp_partition, esp_places, subdirectory
from guestfix.facts.model import Facts, Unknown
from guestfix.facts.reading import is_file, names
from guestfix.rules.action import Outcome, Params, Proposal, Scope, Verb
from guestfix.untrusted import shown

LARGEST = 16 * 1024 * 1024
"""Bytes of one EFI program; a GRUB with all its modules has some 4 MiB."""
VENDORS = 32
MODE = 0o755
"""What a file on FAT has; it keeps no mode of its own."""


class Machine(Params):
    """The files of one architecture, in small letters; the first of each that is there is taken."""

    architecture: str = Field(description="As `uname -m` prints it")
    fallback: str = Field(description="What firmware of this architecture starts")
    shim: tuple[str, ...] = Field(description="First loader, which checks signatures and starts the next one")
    loader: tuple[str, ...] = Field(description="Boot loaders")
    beside: tuple[str, ...] = Field(default=(), description="What shim wants beside it")


class EfiFallback(Params):
    """Whose files there are, and what to say where none can be given."""

    machines: tuple[Machine, ...] = Field(min_length=1, description="Architectures, in the order of looking")
    below: str = Field(
        default="", description="Folder below the vendor's, in small letters, that holds the loader"
    )
    unsure: FindingParams = Field(description="The finding if there is no loader, or more than one vendor's")


@dataclass(frozen=True, slots=True)
class _Vendor:
    r"""One directory \EFI\VENDOR with a loader, and the real names of its files by small letters."""

    path: str
    machine: Machine
    files: dict[str, str]

    def first(self, wanted: Sequence[str]) -> str | None:
        return next((self.files[name] for name in wanted if name in self.files), None)


def run(params: EfiFallback, scope: Scope) -> Outcome:
    """Return copies of the guest's own loader where firmware looks for one, if nothing is there."""
    for place in esp_places(scope.facts.mounts, esp_partition(scope.facts.images)):
        top = subdirectory(scope.guest, place, "efi")
        if top is not None:
            return _at(top, params, scope)
    return Outcome(why_not="no EFI system partition with a directory EFI is mounted")


def _at(top: str, params: EfiFallback, scope: Scope) -> Outcome:
    boot = subdirectory(scope.guest, top, "boot")
    there = {name.lower(): name for name in names(scope.guest, boot)} if boot else {}
    for machine in params.machines:
        if machine.fallback.lower() in there:
            return Outcome(why_not=f"{boot}/{there[machine.fallback.lower()]} is there")
    vendors = _preferred(list(_vendors(top, params, scope)), scope.facts)
    if not vendors and scope.facts.firmware.bios is True:
        return Outcome(why_not=f"no loader is below {shown(top)}; the guest starts by BIOS")
    if len(vendors) != 1:
        seen = ", ".join(shown(vendor.path) for vendor in vendors) or "no loader"
        value = f"{seen} below {shown(top)}, and nothing to start in {shown(boot or f'{top}/BOOT')}"
        evidence = Evidence(path=top, value=value)
        return Outcome(findings=(params.unsure.finding((evidence,)),))
    return Outcome(tuple(_copies(vendors[0], boot or f"{top}/BOOT", scope)))


def _vendors(top: str, params: EfiFallback, scope: Scope) -> Iterator[_Vendor]:
    """Yield the vendors' directories; of the wrong architecture only if that is not known."""
    architecture = scope.facts.os.architecture
    for name in names(scope.guest, top)[:VENDORS]:
        path = f"{top}/{name}"
        if params.below:
            path = subdirectory(scope.guest, path, params.below) or path
        files = {each.lower(): each for each in names(scope.guest, path) if is_file(scope.guest, f"{path}/{each}")}
        for machine in params.machines:
            fits = isinstance(architecture, Unknown) or architecture == machine.architecture
            if fits and name.lower() != "boot" and any(loader in files for loader in machine.loader):
                yield _Vendor(path, machine, files)
                break


def _preferred(vendors: list[_Vendor], facts: Facts) -> list[_Vendor]:
    """Return the one that is called as the distribution is, if several are there."""
    system = facts.os
    called = {name for name in (system.distribution, *system.like) if isinstance(name, str)}
    own = [vendor for vendor in vendors if vendor.path.rpartition("/")[2].lower() in called]
    return own if len(own) == 1 else vendors


def _copies(vendor: _Vendor, boot: str, scope: Scope) -> Iterator[Proposal]:
    shim, loader = vendor.first(vendor.machine.shim), vendor.first(vendor.machine.loader)
    assert loader is not None
    fallback = vendor.machine.fallback
    yield _copy(vendor, shim or loader, f"{boot}/{fallback}", scope)
    if shim is not None:
        yield _copy(vendor, loader, f"{boot}/{loader.lower()}", scope)
        for name in vendor.machine.beside:
            if name in vendor.files:
                yield _copy(vendor, vendor.files[name], f"{boot}/{name}", scope)
    if "grub.cfg" in vendor.files and "grub.cfg" not in _lower(boot, scope):
        yield _menu(vendor, boot)
    if "grub.conf" in vendor.files:
        # GRUB 0.97 for EFI reads the file that is called as the program is (RHEL 6; virt-v2v convert_linux.ml).
        yield _copy(vendor, vendor.files["grub.conf"], f"{boot}/{fallback.rpartition('.')[0]}.conf", scope)


def _lower(directory: str, scope: Scope) -> set[str]:
    return {name.lower() for name in names(scope.guest, directory)}


def _menu(vendor: _Vendor, boot: str) -> Proposal:
    """Return a grub.cfg that leads to the vendor's.

    Red Hat's GRUB looks beside itself first, Debian's where it was built to. $root is the partition that GRUB was
    loaded from, until a command sets it (GRUB manual, root).
    """
    name = vendor.path.rpartition("/")[2]
    text = f"set prefix=($root)'/EFI/{name}'\nconfigfile $prefix/{vendor.files['grub.cfg']}\n"
    note = Note(text=f"GRUB looks for its menu beside itself; this leads to the one in {shown(vendor.path)}")
    return Proposal(f"{boot}/grub.cfg", Whole(data=text.encode()), (note,), mode=MODE)


def _copy(vendor: _Vendor, name: str, path: str, scope: Scope) -> Proposal:
    source = f"{vendor.path}/{name}"
    note = Note(text=f"a copy of {shown(source)}: firmware that has never seen this disk starts nothing else")
    return Proposal(path, Whole(data=scope.guest.read(source, LARGEST)), (note,), mode=MODE)


ACTION = Verb("Give UEFI firmware a loader that it starts without NVRAM", EfiFallback, run)
