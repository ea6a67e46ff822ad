"""Kernel modules from the folder that `--drivers` names, for exactly the kernel that they were built for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from guestfix.errors import Refused
from guestfix.guest.protocol import GuestReader, Kind
from guestfix.initramfs import ModuleIndexes, module_name, unpacked_module
from guestfix.initramfs.modinfo import Records, built_for, indexes_of, needed_by, read_modinfo
from guestfix.initramfs.module_name import module_suffix
from guestfix.untrusted import shown

PLACES = ("/lib/modules/{}", "/usr/lib/modules/{}", "/{}")
"""Where the modules of a kernel version may be, in the folder."""

LARGEST = 64 * 1024 * 1024
MOST = 2000
DEPTH = 8


@dataclass(frozen=True, slots=True)
class Supplied:
    """The modules for one kernel: `files` maps the path in the image to the path in the folder."""

    files: dict[str, str] = field(default_factory=dict)
    records: dict[str, Records] = field(default_factory=dict)
    refused: tuple[str, ...] = ()

    @property
    def packed(self) -> frozenset[str]:
        """The paths that these modules may have in an image, compressed or not."""
        return frozenset(self.files) | {path[: path.rindex(".ko") + 3] for path in self.files}

    @property
    def names(self) -> frozenset[str]:
        """The modules' names, spelled with `_`."""
        return frozenset(map(module_name, self.files))

    def over(self, own: ModuleIndexes) -> ModuleIndexes:
        """Return the guest's indexes with these modules among them; what both have is the guest's."""
        files = {path: said for path, said in self.records.items() if module_name(path) not in own.paths}
        joined = own.joined(indexes_of(files))
        needs = {
            path: tuple(joined.paths[name] for name in _all_needed(path, files, joined) if name in joined.paths)
            for path in files
        }
        return ModuleIndexes(
            dependencies={**joined.dependencies, **needs},
            aliases=joined.aliases,
            softdeps=joined.softdeps,
            symbols=joined.symbols,
            devnames=joined.devnames,
            builtin=joined.builtin,
            builtin_aliases=joined.builtin_aliases,
        )

    def reader(self, drivers: GuestReader, own: Callable[[str], bytes]) -> Callable[[str], bytes]:
        """Return what reads a module by its path in the image: from the folder where it is one of these."""
        return lambda path: drivers.read(self.files[path], limit=LARGEST) if path in self.files else own(path)


def supplied(drivers: GuestReader | None, version: str) -> Supplied:
    """Return the modules that the folder has for this kernel. One that was built for another is refused."""
    if drivers is None or "/" in version:
        return Supplied()
    files: dict[str, str] = {}
    records: dict[str, Records] = {}
    refused: list[str] = []
    for place in PLACES:
        root = place.format(version)
        for path in _modules(drivers, root):
            inside = f"updates/guestfix/{path.rpartition('/')[2]}"
            if inside in files:
                continue
            try:
                data = unpacked_module(path, drivers.read(path, limit=LARGEST))
                said = read_modinfo(data, path)
            except Refused as refusal:
                refused.append(refusal.message)
                continue
            if built_for(said) != version:
                other = shown(built_for(said)) or "no kernel that it names"
                refused.append(f"{shown(path)} was built for {other}, not for {shown(version)}")
                continue
            files[inside], records[inside] = path, said
    return Supplied(files, records, tuple(refused))


def _modules(drivers: GuestReader, root: str) -> Iterator[str]:
    waiting = [(root, 0)]
    found = 0
    while waiting:
        directory, depth = waiting.pop()
        for name in drivers.names(directory):
            path = f"{directory}/{name}"
            status = drivers.link_status(path)
            if status is None:
                continue
            if status.kind is Kind.DIRECTORY and depth < DEPTH:
                waiting.append((path, depth + 1))
            elif status.kind is Kind.FILE and module_suffix(name):
                found += 1
                if found > MOST:
                    return
                yield path


def _all_needed(path: str, files: dict[str, Records], joined: ModuleIndexes) -> list[str]:
    """Return all that a supplied module needs, names, the last to be loaded first, as modules.dep has it."""
    order: dict[str, None] = {}
    waiting = list(needed_by(files[path]))
    while waiting:
        name = waiting.pop(0)
        if name in order:
            continue
        order[name] = None
        there = joined.paths.get(name, "")
        more = needed_by(files[there]) if there in files else map(module_name, joined.dependencies.get(there, ()))
        waiting += more
    return list(order)
