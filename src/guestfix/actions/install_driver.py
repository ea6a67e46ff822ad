r"""`install_driver`: give a Windows the target's drivers from the folder that `--drivers` names, offline.

The boot driver's files go to System32\drivers and it is registered as virt-v2v documents it; each package, of disk
and network card, also goes to a folder of its own that DevicePath names, where Windows looks for drivers when it
finds a new device (Microsoft, "Where setup searches for drivers"; virt-v2v inject_virtio_win.ml).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from pydantic import Field

from guestfix.actions._driver_folder import Choice, FolderOf, Found, choice, inf_files
from guestfix.actions._finding import FindingParams
from guestfix.changes import Evidence, Finding, HiveEdited, Note, Whole
from guestfix.errors import Refused
from guestfix.facts.windows_model import Windows
from guestfix.facts.windows_readiness import MISSING, NO_FILE
from guestfix.formats.inf_driver import Architecture, System, registry_bytes, sources
from guestfix.registry import any_case, spelled
from guestfix.registry.boot_driver import BootDriver, registered
from guestfix.registry.document import HiveDocument
from guestfix.registry.values import ValueType, sz
from guestfix.rules.action import Outcome, Params, Proposal, Scope, Verb
from guestfix.rules.target import WindowsNeed
from guestfix.untrusted import shown

CONFIG: Final = "System32/config"
DRIVERS: Final = 12
r"""Directory id of System32\drivers in INF files (Microsoft, "Using dirids")."""

DRIVER_STORE: Final = 13
"""Directory id of the package's own folder, where drivers since Windows 10 run from."""

MODE: Final = 0o755
"""What everybody may do with a driver of Windows: read and execute it."""

LARGEST: Final = 32 * 1024 * 1024
"""Bytes of one file of a package; network cards' drivers have some 2 MB."""

MOST_FILES: Final = 200

_FILE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ .+()-]{0,126}")
_PATH: Final = r"Microsoft\Windows\CurrentVersion"
_ARCHITECTURES: Final[dict[str, Architecture]] = {"x86_64": "amd64", "i386": "x86", "aarch64": "arm64"}

Devices = Literal["storage", "network"]


class InstallDriver(Params):
    """Where the packages go, how folders of drivers are called, and what to say where there is none."""

    folder: str = Field(
        pattern=r"^[A-Za-z0-9]+(/[A-Za-z0-9]+)*$",
        description="Folder below that of Windows; one below it a driver",
    )
    called: tuple[FolderOf, ...] = Field(description="What vendors call the folders for one Windows")
    unusable: FindingParams = Field(
        description="The finding for a device whose drivers in the folder this Windows cannot use"
    )
    no_network: FindingParams = Field(description="The finding for a network card without a driver")


@dataclass(slots=True)
class _Work:
    """What becomes of the guest while devices are gone through, one after the other."""

    scope: Scope
    params: InstallDriver
    windows: Windows
    system: HiveDocument
    software: HiveDocument
    proposals: list[Proposal] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    laid_out: set[str] = field(default_factory=set)
    """Services, in lower case, whose packages were laid out for a chain of drivers."""
    notes: list[Note] = field(default_factory=list)
    boot_notes: list[Note] = field(default_factory=list)


def _run(params: InstallDriver, scope: Scope) -> Outcome:
    windows, drivers = scope.facts.windows, scope.target.windows
    if windows is None or drivers is None:
        return Outcome(why_not=f"no Windows is known to run on {scope.target.id}")
    system = _system(scope, windows)
    if isinstance(system, str):
        return Outcome(why_not=f"nobody can tell which driver is for this Windows: {system}")
    root = windows.system_root
    paths = [any_case(scope.guest, f"{root}/{CONFIG}/{name}") or "" for name in ("SYSTEM", "SOFTWARE")]
    if not all(paths):
        return Outcome(why_not="the hives SYSTEM and SOFTWARE are not both there")
    folder = scope.supplies.drivers
    infs = list(inf_files(folder)) if folder is not None else []
    work = _Work(scope, params, windows, scope.hive(paths[0]), scope.hive(paths[1]))
    states = windows.targets[scope.target.id]
    for need in drivers.storage:
        _device(work, "storage", need, states.storage, choice(folder, infs, need, system, params.called))
    for need in drivers.network:
        _device(work, "network", need, states.network, choice(folder, infs, need, system, params.called))
    hives = (work.system, work.boot_notes), (work.software, work.notes)
    for path, (hive, notes) in zip(paths, hives, strict=True):
        if hive.operations != scope.hive(path).operations:
            edits = HiveEdited(operations=hive.operations, logs=hive.logs)
            work.proposals.append(Proposal(path, edits, tuple(notes)))
    why_not = "; ".join(work.reasons) or "no device asks for one"
    return Outcome(tuple(work.proposals), tuple(work.findings), why_not)


def _system(scope: Scope, windows: Windows) -> System | str:
    """Return the Windows as INF files tell systems apart, or what is not known of it."""
    version, kind, architecture = windows.version, windows.installation_type, scope.facts.os.architecture
    for known in (version, kind, architecture):
        if not isinstance(known, str):
            return known.unknown
    numbers = str(version).split(".")
    named = _ARCHITECTURES.get(str(architecture))
    if named is None or len(numbers) != 2 or not all(each.isascii() and each.isdecimal() for each in numbers):
        return f"{shown(str(version))} on {shown(str(architecture))} is none that we know"
    build = windows.build if isinstance(windows.build, int) else 0
    return System(named, int(numbers[0]), int(numbers[1]), build, server=kind != "Client")


def _device(work: _Work, kind: Devices, need: WindowsNeed, states: Mapping[str, str], found: Choice) -> None:
    there = [name for name in (*need.services, *need.instead) if states[name] not in (MISSING, NO_FILE)]
    if all(name in there for name in need.services):
        work.reasons.append(f"{need.device}: {', '.join(need.services)} is there")
        return
    present = {name.lower() for name in there}
    if (need.optional or kind == "network") and _lay_out_all(work, need, present, found):
        return
    for package in found.usable:
        if package.service.name.lower() in present:
            work.reasons.append(f"{need.device}: {package.service.name} is there")
            return
        lacking = _lacking(need, package, present)
        reason = lacking or _install(work, kind, package, need)
        if reason is None:
            return
        found.others.append(Evidence(path=package.path, value=reason))
    work.reasons.append(f"{need.device}: no driver for it was given")
    if found.others:
        work.findings.append(work.params.unusable.finding(tuple(found.others)))
    if kind == "network" and not there and not need.optional:
        named = f"{need.device}: {', '.join((*need.services, *need.instead))}"
        work.findings.append(
            work.params.no_network.finding((Evidence(path=f"{work.windows.system_root}/INF", value=named),))
        )


def _lacking(need: WindowsNeed, package: Found, present: set[str]) -> str | None:
    """Return why one package is not enough: drivers that stand one behind the other are of use together only."""
    installed = {service.name.lower() for each in package.installations for service in each.services}
    rest = [name for name in need.services if name.lower() not in present | installed]
    alone = package.service.name.lower() in {name.lower() for name in need.instead}
    return (
        f"it needs {', '.join(rest)} too, of which the folder has none that can be used"
        if rest and not alone
        else None
    )


def _lay_out_all(work: _Work, need: WindowsNeed, present: set[str], found: Choice) -> bool:
    """Lay out the packages of drivers that stand one behind the other, all or none; whether that was done.

    Windows installs them at its first start, which for this device it reaches without them.
    """
    chain = [name.lower() for name in need.services if name.lower() not in present]
    best: dict[str, Found] = {}
    for package in found.usable:
        best.setdefault(package.service.name.lower(), package)
    if len(need.services) < 2 or not all(name in best for name in chain):
        return False
    for name in chain:
        try:
            dict(_package_files(best[name]))
        except _Incomplete as missing:
            found.others.append(Evidence(path=best[name].path, value=missing.reason))
            return False
    for name in chain:
        if name not in work.laid_out:
            work.laid_out.add(name)
            _install(work, "network", best[name], need)
    return True


def _install(work: _Work, kind: Devices, package: Found, need: WindowsNeed) -> str | None:
    """Add the package to the work; return why it cannot be used."""
    name = package.service.name
    own = spelled(work.scope.guest, f"{work.windows.system_root}/{work.params.folder}/{name}")
    try:
        files = dict(_package_files(package))
        boot = dict(_boot_files(package)) if kind == "storage" else {}
    except _Incomplete as missing:
        return missing.reason
    if kind == "storage":
        work.system = registered(work.system, _boot_driver(package))
        starts = "starts with Windows"
    else:
        starts = "is installed when Windows finds the card"
    drivers = any_case(work.scope.guest, f"{work.windows.system_root}/System32/drivers") or ""
    note = Note(text=f"{shown(name)} {package.version} from {shown(package.path)}, for {need.device}: it {starts}")
    work.notes.append(note)
    if kind == "storage":
        work.boot_notes.append(note)
    for file, data in boot.items():
        work.proposals.append(
            Proposal(spelled(work.scope.guest, f"{drivers}/{file}"), Whole(data=data), (note,), MODE)
        )
    for file, data in files.items():
        work.proposals.append(
            Proposal(spelled(work.scope.guest, f"{own}/{file}"), Whole(data=data), (note,), MODE)
        )
    work.software = _on_device_path(work.software, f"%SystemRoot%/{work.params.folder}/{name}".replace("/", "\\"))
    return None


class _Incomplete(Exception):
    """A file that the package names cannot be had."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _boot_files(package: Found) -> Iterator[tuple[str, bytes]]:
    r"""Yield name and bytes of what has to be in System32\drivers: the services' files, and what they import."""
    wanted = {
        file.name: file.source
        for each in package.installations
        for file in each.files
        if file.directory == DRIVERS and not file.below
    }
    for each in package.installations:
        for service in each.services:
            source = next((file.source for file in each.files if file.name.lower() == service.file.lower()), None)
            wanted.setdefault(service.file, source or service.file)
    for name, source in _once(wanted.items()):
        yield name, _read(package, name, source)


def _package_files(package: Found) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of the package: its INF, its catalog and all that it names, below one folder."""
    yield package.path.rpartition("/")[2], package.inf.data
    named = [package.package.catalog, *sources(package.inf, package.system)]
    for source in tuple(dict.fromkeys(named))[:MOST_FILES]:
        if source:
            yield source, _read(package, source, source)


def _read(package: Found, name: str, source: str) -> bytes:
    """Return a file of the package that is to be called `name`. Raises _Incomplete."""
    if not all(_FILE.fullmatch(part) for part in name.split("/")):
        raise _Incomplete(f"one of its files is called {shown(name)}")
    path = any_case(package.drivers, f"{package.folder}/{source}")
    if path is None:
        raise _Incomplete(f"{shown(source)} is not beside it")
    try:
        return package.drivers.read(path, LARGEST)
    except Refused as refusal:
        raise _Incomplete(refusal.message) from None


def _once(files: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the first of each name; Windows does not tell cases apart."""
    seen: set[str] = set()
    for name, source in files:
        if name.lower() not in seen:
            seen.add(name.lower())
            yield name, source


def _boot_driver(package: Found) -> BootDriver:
    service = package.service
    parameters = [
        (value.key, value.name, *stored)
        for value in service.registry
        if value.root == "HKR" and (stored := registry_bytes(value)) is not None
    ]
    return BootDriver(
        service=service.name,
        file=service.file,
        type=service.type or 1,
        error_control=service.error_control or 1,
        group=service.group or "SCSI miniport",
        class_guid=package.package.class_guid.upper(),
        architecture=package.system.architecture,
        ids=package.ids,
        parameters=tuple(parameters),
    )


def _on_device_path(software: HiveDocument, folder: str) -> HiveDocument:
    r"""Return SOFTWARE whose DevicePath names `folder` too; `%SystemRoot%\inf` is what it is without one."""
    value = software.value(_PATH, "DevicePath")
    now = (value.text if value else None) or "%SystemRoot%\\inf"
    if folder.lower() in (one.strip().lower() for one in now.split(";")):
        return software
    return software.set_value(_PATH, "DevicePath", ValueType.EXPAND_SZ, sz(f"{now.rstrip(';')};{folder}"))


ACTION = Verb("Give Windows the target's drivers from the folder of --drivers, ready to boot", InstallDriver, _run)
