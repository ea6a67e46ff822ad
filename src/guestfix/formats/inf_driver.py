r"""What a driver package is for and what it installs, read from its INF: systems, devices, services, files.

Source of all rules here: Microsoft's INF reference (INF Manufacturer, Models, DDInstall, DDInstall.Services,
AddService, CopyFiles, DestinationDirs, SourceDisksNames, SourceDisksFiles and AddReg sections, and "Combining
platform extensions with operating system versions"). What is included from other INF files (`Include`, `Needs`) is
not followed: those lie in the guest's own C:\Windows\INF and hold what Windows has anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from guestfix.formats.inf import Entry, Inf

Architecture = Literal["x86", "amd64", "arm64", "arm", "ia64"]

_ARCHITECTURES: Final = ("amd64", "arm64", "ia64", "arm", "x86")
_FUNCTION_DRIVER: Final = 0x2
"""SPSVCINST_ASSOCSERVICE: this service is the device's own driver, not a helper or a filter."""

_COUNT_LIMIT: Final = 20_000
"""Models of one INF that are looked at; the largest real ones have some thousand."""


@dataclass(frozen=True, slots=True)
class System:
    """The Windows that a driver is wanted for."""

    architecture: Architecture
    major: int
    minor: int
    build: int
    server: bool

    @property
    def product_types(self) -> frozenset[int]:
        """VER_NT_WORKSTATION is 1, VER_NT_DOMAIN_CONTROLLER 2, VER_NT_SERVER 3; a server may be either of two."""
        return frozenset({2, 3}) if self.server else frozenset({1})


@dataclass(frozen=True, slots=True)
class Decoration:
    """A TargetOSVersion, such as NTamd64.10.0...16299. None: any."""

    text: str
    architecture: str | None
    major: int | None
    minor: int | None
    product_type: int | None
    suite: int | None
    build: int | None

    def fits(self, system: System) -> bool:
        """Whether it may be used on `system`. Which suite a server is, nobody knows offline: none fits."""
        if self.suite or self.architecture not in (None, system.architecture):
            return False
        if self.product_type and self.product_type not in system.product_types:
            return False
        least = (self.major or 0, self.minor or 0, self.build or 0)
        return least <= (system.major, system.minor, system.build)

    @property
    def rank(self) -> tuple[int, ...]:
        """Orders the decorations that fit: the nearest version wins, then the one that says more."""
        version = (self.major or 0, self.minor or 0, self.build or 0)
        return (*version, int(bool(self.product_type)), int(self.architecture is not None))


@dataclass(frozen=True, slots=True)
class Device:
    """One model: what it is called, the section that installs it, its hardware id and the compatible ones."""

    description: str
    install: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegistryValue:
    """One line of an AddReg section. `flags` as documented there: 0x10001 is a DWORD, 0x10 a key without value."""

    root: str
    key: str
    name: str
    flags: int
    data: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """What AddService installs."""

    name: str
    function: bool
    """It is the device's own driver."""
    type: int
    start: int
    error_control: int
    binary: str
    """As the INF says it, with directory ids: %12%\\x.sys."""
    group: str
    display_name: str
    registry: tuple[RegistryValue, ...]

    @property
    def file(self) -> str:
        """The name of the binary without its directory."""
        return self.binary.replace("/", "\\").rpartition("\\")[2]


@dataclass(frozen=True, slots=True)
class File:
    """One file that is copied."""

    name: str
    """Its name at the destination."""
    source: str
    """Its path relative to the INF, with `/`."""
    directory: int
    r"""Directory id: 10 Windows, 11 System32, 12 System32\drivers, 13 the package's folder in the driver store."""
    below: str
    """Subdirectory of it, or ""."""


@dataclass(frozen=True, slots=True)
class Installation:
    """All that the package does for the devices of one install section."""

    devices: tuple[Device, ...]
    section: str
    services: tuple[Service, ...]
    files: tuple[File, ...]
    registry: tuple[RegistryValue, ...]
    """What goes to the device's own keys (`.HW`), and HKLM."""

    @property
    def service(self) -> Service | None:
        """The device's own driver."""
        return next((each for each in self.services if each.function), None)

    @property
    def ids(self) -> tuple[str, ...]:
        """Every hardware and compatible id, once, as written."""
        return tuple(dict.fromkeys(one for device in self.devices for one in device.ids))


@dataclass(frozen=True, slots=True)
class Package:
    """What is said of the package as a whole."""

    class_name: str
    class_guid: str
    """With braces, in lower case; "" if the INF does not say."""
    provider: str
    date: str
    version: tuple[int, int, int, int]
    catalog: str


def package(inf: Inf) -> Package:
    """Return what the [Version] section says; what is absent or garbled is empty or zero."""
    stamp = next(iter(inf.entries("Version", "DriverVer")), Entry(0, "", ()))
    numbers = [_number(part) for part in stamp.field(1).split(".")[:4]]
    one, two, three, four = [*numbers, 0, 0, 0, 0][:4]
    return Package(
        class_name=inf.value("Version", "Class"),
        class_guid=inf.value("Version", "ClassGuid").lower(),
        provider=inf.value("Version", "Provider"),
        date=stamp.field(0),
        version=(one, two, three, four),
        catalog=_catalog(inf),
    )


def _catalog(inf: Inf) -> str:
    keys = ("CatalogFile.NTamd64", "CatalogFile.NTx86", "CatalogFile.NTarm64", "CatalogFile.NT", "CatalogFile")
    return next((value for key in keys if (value := inf.value("Version", key))), "")


def decorations(inf: Inf) -> tuple[Decoration, ...]:
    """Return every TargetOSVersion that the INF names, in order, once."""
    found = {word.lower(): word for entry in inf.section("Manufacturer") for word in entry.fields[1:] if word}
    return tuple(parsed for word in found.values() if (parsed := decoration(word)) is not None)


def decoration(word: str) -> Decoration | None:
    """Return `NT[arch][.[major][.[minor][.[product type][.[suite][.[build]]]]]]`; None if it is none."""
    head, *rest = word.strip().lower().split(".")
    if not head.startswith("nt") or len(rest) > 5:
        return None
    architecture = head[2:] or None
    if architecture is not None and architecture not in _ARCHITECTURES:
        return None
    numbers = [_number(part) if part else None for part in rest] + [None] * (5 - len(rest))
    major, minor, product, suite, build = numbers
    return Decoration(word.strip(), architecture, major, minor, product, suite, build)


def installations(inf: Inf, system: System) -> tuple[Installation, ...]:
    """Return what the package would install on `system`, one for each install section; empty: it is not for it."""
    devices: dict[str, list[Device]] = {}
    for device in _devices(inf, system):
        devices.setdefault(device.install.lower(), []).append(device)
    return tuple(_installation(inf, system, tuple(found)) for found in devices.values())


def nearness(inf: Inf, system: System) -> tuple[int, ...]:
    """Return how near to `system` the decoration is that its models were taken by; the greater the nearer."""
    found = [each.rank for each in decorations(inf) if each.fits(system)]
    return max(found, default=())


def sources(inf: Inf, system: System) -> tuple[str, ...]:
    """Return the paths of all files of the package on `system`, relative to the INF, each once.

    More than any one installation copies: a co-installer's files are named nowhere else.
    """
    names = (
        entry.key or entry.field(0)
        for suffix in (f".{system.architecture}", "")
        for entry in inf.section(f"SourceDisksFiles{suffix}")
    )
    return tuple(dict.fromkeys(_source(inf, system, name) for name in names if name))


def registry_bytes(value: RegistryValue) -> tuple[int, bytes] | None:
    """Return type and bytes of a value as the registry holds them; None for a line that sets none.

    Flags (INF AddReg directive): 0x10 is a key alone, 0x4 and 0x8 delete or append; the type is in the others.
    """
    if value.flags & 0x1C:
        return None
    text = value.data[0] if value.data else ""
    match value.flags & 0xFFFF0001:
        case 0x0:
            return 1, f"{text}\0".encode("utf-16-le")
        case 0x20000:
            return 2, f"{text}\0".encode("utf-16-le")
        case 0x10000:
            return 7, "".join(f"{each}\0" for each in (*value.data, "")).encode("utf-16-le")
        case 0x10001:
            return 4, _number(text).to_bytes(4, "little")
        case 0x1:
            digits = [_number(f"0x{each.strip()}") for each in value.data if each.strip()]
            return (3, bytes(digits)) if all(each < 256 for each in digits) else None
    return None


def _devices(inf: Inf, system: System) -> Iterator[Device]:
    count = 0
    for manufacturer in inf.section("Manufacturer"):
        models = _models(inf, manufacturer, system)
        for entry in inf.section(models) if models else ():
            count += 1
            if count > _COUNT_LIMIT:
                return
            ids = tuple(field for field in entry.fields[1:] if field)
            if entry.field(0) and ids:
                yield Device(entry.key, entry.field(0), ids)


def _models(inf: Inf, manufacturer: Entry, system: System) -> str | None:
    """Return the name of the models section that Windows would take.

    Of the decorated names the nearest one that fits. The plain one counts where no decoration is given, and on x86
    only: since Server 2003 SP1 the other architectures need one.
    """
    name = manufacturer.field(0) or manufacturer.key
    fitting = [found for word in manufacturer.fields[1:] if (found := decoration(word)) and found.fits(system)]
    for found in sorted(fitting, key=lambda each: each.rank, reverse=True):
        if inf.has(f"{name}.{found.text}"):
            return f"{name}.{found.text}"
    decorated = any(word for word in manufacturer.fields[1:])
    return name if not decorated or system.architecture == "x86" else None


def _installation(inf: Inf, system: System, devices: tuple[Device, ...]) -> Installation:
    section = _install_section(inf, devices[0].install, system)
    registry = tuple(
        value
        for name in (section, f"{section}.HW")
        for entry in inf.entries(name, "AddReg")
        for value in _registry(inf, entry)
    )
    return Installation(
        devices=devices,
        section=section,
        services=tuple(_services(inf, section)),
        files=tuple(_files(inf, section, system)),
        registry=registry,
    )


def _install_section(inf: Inf, name: str, system: System) -> str:
    for suffix in (f".nt{system.architecture}", ".nt", ""):
        if inf.has(name + suffix) or inf.has(f"{name}{suffix}.services"):
            return name + suffix
    return name


def _services(inf: Inf, section: str) -> Iterator[Service]:
    for entry in inf.entries(f"{section}.Services", "AddService"):
        name, install = entry.field(0), entry.field(2)
        if not name or not install:  # `AddService = ,2` says that the device needs no driver of its own
            continue
        yield Service(
            name=name,
            function=bool(_number(entry.field(1)) & _FUNCTION_DRIVER),
            type=_number(inf.value(install, "ServiceType")),
            start=_number(inf.value(install, "StartType")),
            error_control=_number(inf.value(install, "ErrorControl")),
            binary=inf.value(install, "ServiceBinary"),
            group=inf.value(install, "LoadOrderGroup"),
            display_name=inf.value(install, "DisplayName"),
            registry=tuple(value for add in inf.entries(install, "AddReg") for value in _registry(inf, add)),
        )


def _registry(inf: Inf, add: Entry) -> Iterator[RegistryValue]:
    for section in add.fields:
        for line in inf.section(section):
            root = line.field(0).upper()
            if not line.key and root in ("HKR", "HKLM", "HKCR", "HKCU", "HKU"):
                yield RegistryValue(root, line.field(1), line.field(2), _number(line.field(3)), line.fields[4:])


def _files(inf: Inf, section: str, system: System) -> Iterator[File]:
    lists = [name for entry in inf.entries(section, "CopyFiles") for name in entry.fields if name]
    for name in dict.fromkeys(lists):
        if name.startswith("@"):
            yield _file(inf, system, name[1:], "", "DefaultDestDir")
            continue
        for entry in inf.section(name):
            if entry.field(0):
                yield _file(inf, system, entry.field(0), entry.field(1), name)


def _file(inf: Inf, system: System, name: str, source: str, list_name: str) -> File:
    where = next(
        (
            entry
            for key in (list_name, "DefaultDestDir")
            for entry in inf.entries("DestinationDirs", key)
        ),
        Entry(0, "", ()),
    )  # fmt: skip
    directory = _number(where.field(0)) if where.field(0) else -1
    return File(name, _source(inf, system, source or name), directory, where.field(1))


def _source(inf: Inf, system: System, name: str) -> str:
    """Return where the package holds a file: the path of its disk, its own subdirectory, and its name."""
    for suffix in (f".{system.architecture}", ""):
        for entry in inf.entries(f"SourceDisksFiles{suffix}", name):
            folders = [_disk_path(inf, system, entry.field(0)), entry.field(1), name]
            parts = [part for folder in folders for part in folder.replace("\\", "/").split("/")]
            return "/".join(part for part in parts if part not in ("", ".", ".."))
    return name


def _disk_path(inf: Inf, system: System, disk: str) -> str:
    for suffix in (f".{system.architecture}", ""):
        for entry in inf.entries(f"SourceDisksNames{suffix}", disk):
            return entry.field(3)
    return ""


def _number(text: str) -> int:
    """Return a decimal or 0x number; 0 if it is none or beyond 32 bits."""
    said = text.strip().lower()
    digits, base = (said[2:], 16) if said.startswith("0x") else (said, 10)
    allowed = "0123456789abcdef"[:base]
    if not digits or len(digits) > 10 or any(char not in allowed for char in digits):
        return 0
    value = int(digits, base)
    return value if value <= 0xFFFFFFFF else 0
