"""Every installed kernel: its image, its initramfs, its modules, and how it stands on each target."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from guestfix import initramfs
from guestfix.errors import Refused
from guestfix.facts.model import Initramfs, Kernel, Segment, Unknown
from guestfix.facts.readiness import Modules, readiness
from guestfix.facts.reading import is_directory, is_file
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


@dataclass(frozen=True, slots=True)
class Kernels:
    """The kernels, newest first, and the descriptions of their initramfs images by path."""

    kernels: tuple[Kernel, ...]
    initramfs: dict[str, initramfs.Initramfs]


def kernels(guest: GuestReader, targets: Sequence[Target]) -> Kernels:
    """Return the facts on every kernel in /boot. Each initramfs is read once, as a stream."""
    found: list[Kernel] = []
    descriptions: dict[str, initramfs.Initramfs] = {}
    for version, image in sorted(_images(guest), key=lambda pair: _newness(pair[0]), reverse=True)[:_LIMIT]:
        directory = _modules_directory(guest, version)
        modules = _modules(guest, directory)
        facts, description = _initramfs(guest, version)
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


def _images(guest: GuestReader) -> Iterator[tuple[str, str]]:
    for name in guest.names("/boot"):
        match = _IMAGE.fullmatch(name)
        if match and not name.endswith(_IGNORED) and is_file(guest, f"/boot/{name}"):
            yield match[1], f"/boot/{name}"


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


def _initramfs(guest: GuestReader, version: str) -> tuple[Initramfs | Unknown | None, initramfs.Initramfs | None]:
    path = next(
        (path for name in _INITRAMFS if is_file(guest, path := f"/boot/{name.format(version)}")),
        None,
    )
    if path is None:
        return None, None
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
