"""The folder that `--drivers` names, as Windows driver packages: which of them is the one for this Windows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from pydantic import Field

from guestfix.changes import Evidence
from guestfix.errors import Refused
from guestfix.formats import inf
from guestfix.formats.inf import Inf
from guestfix.formats.inf_driver import (
    Architecture,
    Installation,
    Package,
    Service,
    System,
    installations,
    nearness,
    package,
)
from guestfix.guest.protocol import GuestReader, Kind
from guestfix.rules.action import Params
from guestfix.rules.target import WindowsNeed
from guestfix.untrusted import shown

DEPTH: Final = 10
MOST: Final = 50_000
"""Names in the folder that are looked at; a virtio-win image has some 2,000."""

_ARCHITECTURES: Final[dict[str, Architecture]] = {
    "amd64": "amd64", "x64": "amd64", "x86_64": "amd64", "x86": "x86", "i386": "x86", "arm64": "arm64"
}  # fmt: skip
"""Names of folders to architectures as INF files name them."""

_GUID: Final = re.compile(r"\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}")
_ID: Final = re.compile(r"[A-Za-z0-9_]+\\[A-Za-z0-9_&.*-]+")
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,62}")


_FolderRank = tuple[int, tuple[int, int, int]]


class FolderOf(Params):
    """What folders of drivers for one Windows are called, as vendors lay them out."""

    names: tuple[str, ...] = Field(min_length=1, description="Names of folders, in lower case")
    version: tuple[int, int] = Field(description="Major and minor version")
    build: int = Field(default=0, description="First build that is called so")
    role: Literal["client", "server"] | None = Field(default=None, description="null: both")

    @property
    def since(self) -> tuple[int, int, int]:
        """The first version that is called so."""
        return (*self.version, self.build)


@dataclass(frozen=True, slots=True)
class Found:
    """A package that drives a device of the target on this Windows."""

    drivers: GuestReader
    """The whole folder."""
    path: str
    """The INF in it."""
    inf: Inf
    system: System
    package: Package
    service: Service
    """The device's own driver."""
    installations: tuple[Installation, ...]
    """Those for the device."""
    ids: tuple[str, ...]
    """Hardware ids of the device that it names."""

    @property
    def folder(self) -> str:
        """Where its files are."""
        return self.path.rpartition("/")[0]

    @property
    def version(self) -> str:
        """As [Version] says it."""
        return ".".join(map(str, self.package.version))


@dataclass(slots=True)
class Choice:
    """What the folder has for one device: the best package first, and what was not taken, with the reason."""

    usable: list[Found] = field(default_factory=list)
    others: list[Evidence] = field(default_factory=list)


def inf_files(folder: GuestReader) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of every INF in the folder, in the order of their paths; links are not followed."""
    waiting, seen = [("", 0)], 0
    while waiting:
        directory, depth = waiting.pop()
        for name in folder.names(directory or "/"):
            seen += 1
            path = f"{directory}/{name}"
            status = folder.link_status(path)
            if seen > MOST or status is None:
                continue
            if status.kind is Kind.DIRECTORY and depth < DEPTH:
                waiting.append((path, depth + 1))
            elif status.kind is Kind.FILE and name.lower().endswith(".inf") and status.size <= inf.SIZE_LIMIT:
                yield path, folder.read(path, inf.SIZE_LIMIT)


def choice(
    drivers: GuestReader | None,
    infs: Sequence[tuple[str, bytes]],
    need: WindowsNeed,
    system: System,
    called: Sequence[FolderOf],
) -> Choice:
    """Return the packages of the folder that drive the device `need` on `system`, the best one first.

    `infs` are its INF files, as `inf_files` gives them.
    """
    ranked: list[tuple[tuple[_FolderRank, tuple[int, ...], tuple[int, ...]], Found]] = []
    found = Choice()
    if drivers is None:
        return found
    for path, data in infs:
        named = any(_mentions(data, wanted) for wanted in need.ids)
        if not named and not any(_mentions(data, service) for service in _chain(need)):
            continue
        known = _found(drivers, path, data, need, system)
        if isinstance(known, str) and not named:  # it may have spoken of a driver that it stands behind
            continue
        reason = known if isinstance(known, str) else None
        rank = _folder_rank(path, system, called)
        if rank is None:
            reason = "its folder is for another Windows"
        if isinstance(known, Found) and rank is not None:
            ranked.append(((rank, nearness(known.inf, system), known.package.version), known))
        else:
            found.others.append(Evidence(path=path, value=reason or ""))
    ranked.sort(key=lambda each: each[1].path)
    ranked.sort(key=lambda each: each[0], reverse=True)
    found.usable = [each for _, each in ranked]
    return found


def _mentions(data: bytes, wanted: str) -> bool:
    """Whether an INF could name the id at all: much cheaper than to parse each of hundreds."""
    text = wanted.rpartition("\\")[2].lower()
    return text.encode() in data.lower() or text.encode("utf-16-le") in data.lower()


def _found(drivers: GuestReader, path: str, data: bytes, need: WindowsNeed, system: System) -> Found | str:
    """Return the package for the device, or why it is none."""
    try:
        parsed = inf.parse(data)
    except Refused as refusal:
        return refusal.message
    chain = {name.lower() for name in _chain(need)}
    fitting = tuple(
        each
        for each in installations(parsed, system)
        if _ids(each, need) or (each.service and each.service.name.lower() in chain)
    )
    if not fitting:
        return "it names the device, and is for another Windows or architecture"
    names = {name.lower() for name in (*need.services, *need.instead)}
    service = next((each.service for each in fitting if each.service), None)
    if service is None or service.name.lower() not in names or not _NAME.fullmatch(service.name):
        other = shown(service.name) if service else "none"
        return f"its driver is {other}; what is known to work is {', '.join(sorted(names))}"
    if not _NAME.fullmatch(service.file):
        return f"the file of its service is called {shown(service.file)}"
    about = package(parsed)
    if not _GUID.fullmatch(about.class_guid):
        return "it names no setup class"
    ids = tuple(dict.fromkeys(one for each in fitting for one in _ids(each, need)))
    return Found(drivers, path, parsed, system, about, service, fitting, ids)


def _chain(need: WindowsNeed) -> tuple[str, ...]:
    """Return the services that stand one behind the other: what binds to another driver has ids of its vendor."""
    return need.services if need.ids and len(need.services) > 1 else ()


def _ids(installation: Installation, need: WindowsNeed) -> tuple[str, ...]:
    """Return the ids of `need` that an installation names, with what the INF says more closely."""
    found: list[str] = []
    for wanted in need.ids:
        more = [each for each in installation.ids if _is_of(each, wanted) and _ID.fullmatch(each)]
        found += [wanted, *more] if more else []
    once = {each.upper(): each for each in reversed(found)}
    return tuple(reversed(once.values()))


def _is_of(identifier: str, wanted: str) -> bool:
    r"""Whether an id is `wanted` or says more: PCI\VEN_1AF4&DEV_1001&REV_00 is a PCI\VEN_1AF4&DEV_1001."""
    return identifier.upper() == wanted.upper() or identifier.upper().startswith(f"{wanted.upper()}&")


def _folder_rank(path: str, system: System, called: Sequence[FolderOf]) -> _FolderRank | None:
    """Return how well the names of the folders above fit, more is better; None: they say that it is for others.

    Of the folders for this role the one for this Windows comes first, then those without such names, then older
    ones; a folder for a newer Windows is for others.
    """
    parts = [part.lower() for part in path.split("/")[:-1]]
    if any(_ARCHITECTURES.get(part, system.architecture) != system.architecture for part in parts):
        return None
    here = (system.major, system.minor, system.build)
    role = "server" if system.server else "client"
    named = [each for part in parts for each in called if part in each.names]
    if not named:
        return 1, (0, 0, 0)
    last = named[-1]
    if last.since > here:
        return None
    ours = [each.since for each in called if each.role in (role, None) and each.since <= here]
    fits = last.role in (role, None) and last.since == max(ours)
    return (2 if fits else 0), last.since
