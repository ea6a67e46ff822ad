"""Every installed kernel: its image, its initramfs, its modules, and how it stands on each target."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from guestfix import initramfs
from guestfix.errors import Refused
from guestfix.facts.boot_bls import BLS_PLACES, entry_files
from guestfix.facts.model import Initramfs, Kernel, Segment, Unknown
from guestfix.facts.readiness import Modules, readiness
from guestfix.facts.reading import first_file, is_directory, is_file, names, parsed, plain, text
from guestfix.formats import bls
from guestfix.formats.bls import BlsEntry
from guestfix.guest.protocol import GuestReader, chunks
from guestfix.initramfs import Generator, Role, is_module_index, is_setting
from guestfix.rules.target import Target
from guestfix.untrusted import shown

_IMAGE = re.compile(r"(?:vmlinuz|vmlinux|kernel|bzImage|Image)-(.+)")
_IGNORED = (".old", ".bak", "~", ".hmac", ".rpmsave", ".dpkg-tmp", ".dpkg-bak", ".guestfix-orig~", ".sig")
_INITRAMFS = (
    "initrd.img-{}",
    "initramfs-{}.img",
    "initrd-{}",
    "initrd-{}.img",
    "initramfs-{}",
    "initrd.img-{}.img",
)
"""Names that Debian, dracut, SUSE, RHEL 5, Gentoo and others give the initramfs of a kernel."""
_LIMIT = 64
"""Kernels that are looked at: /boot of a real guest does not hold more."""
_LARGEST_INDEX = 32 * 1024 * 1024
_PARTS = re.compile(r"[0-9]+|[^0-9]+")

Kind = Literal["normal", "rescue", "kdump", "xen-pv", "debug"]


class _Installed(NamedTuple):
    version: str
    image: str
    initramfs: str | None


@dataclass(frozen=True, slots=True)
class Kernels:
    """The kernels, newest first, and the descriptions of their initramfs images by path."""

    kernels: tuple[Kernel, ...]
    initramfs: dict[str, initramfs.Initramfs]


def kernels(guest: GuestReader, targets: Sequence[Target]) -> Kernels:
    """Return the facts on the kernels in /boot and in loader entries. Each initramfs is read once, as a stream."""
    found: list[Kernel] = []
    descriptions: dict[str, initramfs.Initramfs] = {}
    installed = sorted(_installed(guest), key=lambda each: _newness(each.version), reverse=True)
    for version, image, path in installed[:_LIMIT]:
        directory = _modules_directory(guest, version)
        modules = _modules(guest, directory)
        facts, description = _initramfs(guest, path, version) if path is not None else (None, None)
        if isinstance(facts, Initramfs) and description is not None:
            descriptions[facts.path] = description
        inside = frozenset(facts.modules) if isinstance(facts, Initramfs) else frozenset()
        found.append(
            Kernel(
                version=version,
                image=image,
                initramfs=facts,
                modules_directory=directory,
                modules_on_disk=len(modules.on_disk) if isinstance(modules, Modules) else 0,
                modules_built_in=len(modules.built_in) if isinstance(modules, Modules) else 0,
                kind=_kind(version),
                targets={
                    target.id: readiness(
                        target,
                        modules,
                        inside,
                        facts if isinstance(facts, Unknown) else None,
                    )
                    for target in targets
                },
            )
        )
    return Kernels(tuple(found), descriptions)


def _installed(guest: GuestReader) -> Iterator[_Installed]:
    """Kernels in /boot by their names, then those elsewhere that a loader entry starts.

    kernel-install(8) puts `linux` and the initramfs into a folder of the EFI system partition; what is in /boot is
    then a copy that nothing starts.
    """
    seen: set[str] = set()
    for name in guest.names("/boot"):
        match = _IMAGE.fullmatch(name) if plain(name) == name else None
        if match and not name.endswith(_IGNORED) and is_file(guest, f"/boot/{name}"):
            seen.add(f"/boot/{name}")
            paths = (f"/boot/{pattern.format(match[1])}" for pattern in _INITRAMFS)
            yield _Installed(_released(guest, match[1]), f"/boot/{name}", first_file(guest, paths))
    for place in BLS_PLACES:
        for entry in (parsed(guest, path, bls.parse) for path in entry_files(guest, place)):
            linux = entry.get("linux") if isinstance(entry, BlsEntry) else None
            image = _below(guest, place, linux) if linux else None
            if image is None or image in seen or not isinstance(entry, BlsEntry):
                continue
            seen.add(image)
            words = [word for value in entry.values("initrd") for word in value.split()]
            # Microcode comes first, and is no image of its own that a driver could be in.
            loaded = [path for word in words if (path := _below(guest, place, word)) is not None]
            yield _Installed(_version(guest, entry, image), image, loaded[-1] if loaded else None)


def _released(guest: GuestReader, name: str) -> str:
    """Return the version of the kernel that is /boot/vmlinuz-`name`.

    Arch calls it after its package, `linux` or `linux-lts`, which /usr/lib/modules/VERSION/pkgbase names
    (mkinitcpio, libalpm/scripts/mkinitcpio).
    """
    if _modules_directory(guest, name) is None:
        for version in names(guest, "/usr/lib/modules")[:_LIMIT]:
            if (text(guest, f"/usr/lib/modules/{version}/pkgbase", limit=256) or "").strip() == name:
                return version
    return name


def _version(guest: GuestReader, entry: BlsEntry, image: str) -> str:
    """Return what the entry says, unless only its folder, or the file, is called as the modules are."""
    folder, _, name = image.rpartition("/")
    match = _IMAGE.fullmatch(name)
    said = (entry.get("version"), folder.rpartition("/")[2], match[1] if match else None)
    versions = [plain(each) for each in said if each and "/" not in each and each != ".."]
    return next((each for each in versions if _modules_directory(guest, each) is not None), versions[0])


def _below(guest: GuestReader, place: str, path: str) -> str | None:
    """Return where the file that a loader entry names is in the guest; None if none is there, named in UTF-8."""
    inside = f"{place}/{path.lstrip('/')}"
    named = plain(path) == path and ".." not in path.split("/")
    return inside if named and is_file(guest, inside) else None


def _newness(version: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts 6.1.0-9 before 6.1.0-10."""
    return tuple(
        (1, int(part), "") if part.isdecimal() and len(part) < 19 else (0, 0, part)
        for part in _PARTS.findall(version[:256])
    )


def _kind(version: str) -> Kind:
    name = version.lower()
    if "rescue" in name:
        return "rescue"
    if "kdump" in name:
        return "kdump"
    if name.endswith(("xen", "-xenu", "xen0")) and not name.startswith(("4.", "5.", "6.")):
        return "xen-pv"
    return "debug" if name.endswith(("debug", "+debug", "-dbg")) else "normal"


def _modules_directory(guest: GuestReader, version: str) -> str | None:
    for place in ("/lib/modules", "/usr/lib/modules"):
        path = f"{place}/{version}"
        if is_directory(guest, path):
            return path
    return None


def _modules(guest: GuestReader, directory: str | None) -> Modules | Unknown:
    if directory is None:
        return Unknown(unknown="this kernel has no directory below /lib/modules")
    try:
        files = {
            name: guest.read(f"{directory}/{name}", limit=_LARGEST_INDEX)
            for name in ("modules.dep", "modules.builtin")
            if is_file(guest, f"{directory}/{name}")
        }
        indexes = initramfs.read_indexes(files)
    except Refused as refusal:
        return Unknown(unknown=f"{shown(directory)}: {refusal.message}")
    return Modules(directory, frozenset(indexes.paths), indexes.builtin_names)


def _initramfs(
    guest: GuestReader, path: str, version: str
) -> tuple[Initramfs | Unknown, initramfs.Initramfs | None]:
    resolved = guest.resolve(path) or path
    digest = hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        for piece in chunks(guest, resolved):
            digest.update(piece)
            yield piece

    stream = pieces()
    try:
        description = initramfs.describe(stream, keep=lambda name: is_module_index(name) or is_setting(name))
        for _ in stream:
            pass
    except Refused as refusal:
        return Unknown(unknown=f"{shown(resolved)}: {refusal.message} [{refusal.code}]"), None
    return _facts(resolved, digest.hexdigest(), version, description), description


def _facts(path: str, sha256: str, version: str, description: initramfs.Initramfs) -> Initramfs:
    unknown = Unknown(unknown="its contents are not those of a generator that we know")
    nash = description.generator is Generator.NASH
    modules = description.flat_modules if nash else description.modules(version)
    return Initramfs(
        path=path,
        size=description.size,
        sha256=sha256,
        generator=unknown if description.generator is Generator.UNKNOWN else description.generator.value,
        segments=tuple(
            Segment(
                offset=segment.offset,
                length=segment.length,
                compression=segment.compression.value,
                entries=segment.entries,
                early=segment.role is Role.EARLY,
            )
            for segment in description.segments
        ),
        modules=tuple(sorted(set(map(initramfs.module_name, modules)))),
    )
