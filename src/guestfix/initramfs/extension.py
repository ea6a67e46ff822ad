"""Putting drivers into an image that exists: one more cpio segment behind it, made from the guest's own modules.

The kernel unpacks segment after segment into one tree, a later file replacing an earlier one, so nothing that is
in the image has to be read again or rewritten. udev and modprobe find a driver through the kmod index in the
image, so the segment carries new indexes over all modules, those in the image and those that it adds.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from guestfix.initramfs.compression import Compression, pack, unpack
from guestfix.initramfs.cpio import NewMember, write_archive
from guestfix.initramfs.errors import (
    CorruptIndex,
    HiddenTail,
    NoModulesDirectory,
    PathTaken,
    TooLarge,
    UnsupportedGenerator,
)
from guestfix.initramfs.generator import Generator
from guestfix.initramfs.image import Initramfs
from guestfix.initramfs.kernel_version import skips_lz4_padding
from guestfix.initramfs.kmod_index import INDEX_FILES, ModuleIndexes, read_indexes, render_index
from guestfix.initramfs.module_name import SUFFIXES, module_name, module_suffix
from guestfix.initramfs.source import Limits, Source
from guestfix.initramfs.tree import parents
from guestfix.untrusted import shown

_LARGEST_MODULE = 64 << 20
_DIRECTORY = stat.S_IFDIR | 0o755
_BUILTIN_INDEXES = ("modules.builtin.bin", "modules.builtin.alias.bin")


@dataclass(frozen=True, slots=True)
class ExtraFile:
    """A small file for the image: path relative to its root, permission bits, content."""

    path: str
    mode: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Extension:
    """What to write behind an image, and what it holds.

    `tail` is zero padding and one segment. `modules` are the added module files (relative to the modules
    directory, in load order), `added` everything in the segment (path, size in bytes), `missing` the wanted names
    that this kernel has neither as a module nor built in.
    """

    tail: bytes
    compression: Compression
    modules: tuple[str, ...]
    added: tuple[tuple[str, int], ...]
    missing: tuple[str, ...]


def extend(
    image: Initramfs,
    indexes: ModuleIndexes,
    module_file: Callable[[str], bytes],
    wanted: Iterable[str],
    *,
    version: str | None = None,
    extras: Iterable[ExtraFile] = (),
    compression: Compression | None = None,
    mtime: int = 0,
) -> Extension | None:
    """Return what must follow `image` for it to have the drivers `wanted`; None if it has them all.

    In: `indexes`, those of the guest's own modules directory for kernel `version` (needed unless the image has
    modules of exactly one); `module_file(path)`, which reads a file there, and whose errors come through;
    `extras`, files to put in or replace (one whose content `image` kept, and which is the same, is left out);
    `compression`, by default that of the main segment, which the guest's kernel is known to unpack; `mtime` in
    seconds since 1970. The image must have been described with its module indexes kept. The same input gives the
    same bytes. Raises UnsupportedGenerator, NoModulesDirectory, HiddenTail, PathTaken, CorruptIndex, TooLarge,
    and UnsupportedCompression.
    """
    if image.generator is Generator.NASH:
        raise UnsupportedGenerator(
            "This initramfs was made by the mkinitrd of RHEL 5, whose nash loads a fixed list."
        )
    version, directory = _modules_directory(image, version)
    closure = indexes.closure(tuple(wanted))
    present = {module_name(path): path for path in image.modules(version)}
    new = tuple(path for path in closure.modules if module_name(path) not in present)
    files: dict[str, tuple[int, bytes]] = {}
    modules: list[str] = []
    suffixes = {suffix for path in present.values() if (suffix := module_suffix(path))}
    for path in new:
        name, data = _module(path, module_file, suffixes)
        present[module_name(path)] = name
        modules.append(name)
        files[f"{directory}/{name}"] = (0o644, data)
    if new or not _indexed(image, version, closure.modules):
        for name, data in _indexes(image, version, indexes, present).items():
            files[f"{directory}/{name}"] = (0o644, data)
    for extra in extras:
        path = image.resolve(extra.path.strip("/"))
        if image.kept.get(path) != extra.data or stat.S_IMODE(image.entries[path].mode) != extra.mode:
            files[path] = (extra.mode, extra.data)
    if not files:
        return None
    tail, chosen, added = segment(image, version, files, compression=compression, mtime=mtime)
    return Extension(tail, chosen, modules=tuple(modules), added=added, missing=closure.unknown)


def segment(
    image: Initramfs,
    version: str,
    files: Mapping[str, tuple[int, bytes]],
    *,
    compression: Compression | None = None,
    mtime: int = 0,
) -> tuple[bytes, Compression, tuple[tuple[str, int], ...]]:
    """Return the bytes of a segment behind `image` that holds `files` (path -> mode, content), and what is in it.

    Raises HiddenTail, PathTaken, UnsupportedCompression.
    """
    chosen, padding = _layout(image, version, compression)
    members = [
        *_directories(image, files),
        *(NewMember(path, stat.S_IFREG | mode, data) for path, (mode, data) in files.items()),
    ]
    members.sort(key=lambda member: member.name)
    tail = bytes(padding) + pack(write_archive(members, mtime=mtime), chosen)
    return tail, chosen, tuple((member.name, len(member.data)) for member in members)


def _modules_directory(image: Initramfs, version: str | None) -> tuple[str, str]:
    """Return the kernel version and the directory of its modules, which may be new if a version is named."""
    found = image.modules_directories
    if version is None:
        if len(found) != 1:
            versions = ", ".join(map(shown, image.kernel_versions)) or "no kernel"
            raise NoModulesDirectory(
                f"This initramfs holds modules of {versions}, so it is not clear whose to add."
            )
        version = next(iter(found))
    if version in found:
        return version, found[version]
    library = image.entries.get("lib")
    merged = library is not None and library.target is not None
    return version, image.resolve(f"{'usr/' if merged else ''}lib/modules/{version}")


def _module(path: str, module_file: Callable[[str], bytes], suffixes: set[str]) -> tuple[str, bytes]:
    """Return a module file's name and content for the image.

    A compressed file goes in as it is if the image holds such files; else unpacked, as newer mkinitramfs does it,
    and as busybox needs it. A module's signature is inside and stays.
    """
    data = module_file(path)
    suffix = module_suffix(path)
    if suffix is None or suffix in suffixes or SUFFIXES[suffix] is Compression.NONE:
        return path, data
    return path.removesuffix(suffix) + ".ko", unpacked_module(path, data)


def unpacked_module(path: str, data: bytes) -> bytes:
    """Return the module in the file `path`, unpacked by its suffix. Raises CorruptImage, TooLarge."""
    suffix = module_suffix(path)
    if suffix is None or SUFFIXES[suffix] is Compression.NONE:
        return data
    source = Source([data], limit=len(data))
    out: list[bytes] = []
    size = 0
    for piece in unpack(source, SUFFIXES[suffix], window=Limits().window):
        size += len(piece)
        if size > _LARGEST_MODULE:
            raise TooLarge(f"The kernel module {shown(path)} unpacks to more than {_LARGEST_MODULE} bytes.")
        out.append(piece)
    return b"".join(out)


def image_indexes(image: Initramfs, version: str) -> ModuleIndexes | None:
    """Return the module indexes inside of an image; None if it has none, or they were not kept."""
    files = {name: data for name, data in image.index_files(version).items() if data is not None}
    return read_indexes(files) if {"modules.dep", "modules.dep.bin"} & files.keys() else None


def indexed_modules(image: Initramfs, version: str) -> tuple[Mapping[str, str], ...]:
    """Return what modules (name -> file) the text index of an image knows, and what its trie: each that was kept.

    Raises CorruptIndex, TooLarge.
    """
    files = image.index_files(version)
    return tuple(
        read_indexes({name: data}).paths
        for name in ("modules.dep", "modules.dep.bin")
        if (data := files.get(name)) is not None
    )


def _indexed(image: Initramfs, version: str, paths: Iterable[str]) -> bool:
    """Say whether the image's own indexes, if it has any, know all these modules; a damaged one does not."""
    names = {module_name(path) for path in paths}
    try:
        return all(names <= known.keys() for known in indexed_modules(image, version))
    except CorruptIndex:
        return not names


def _indexes(image: Initramfs, version: str, indexes: ModuleIndexes, present: dict[str, str]) -> dict[str, bytes]:
    """Return the index files over the modules `present` (name -> file), under the names that the image has
    already.

    The tries that udev reads are always among them. What is built in does not change, so those indexes are only
    written into an image that had no index at all. Modules that the guest has no more are taken from the image's
    own.
    """
    union = indexes.restricted(present)
    orphans = {name: path for name, path in present.items() if name not in indexes.paths}
    if orphans and (own := image_indexes(image, version)):
        union = union.joined(own.restricted(orphans))
    had = image.index_files(version).keys()
    names = [name for name in INDEX_FILES if name in had and name not in _BUILTIN_INDEXES]
    if not names:
        names = [name for name in INDEX_FILES if name not in _BUILTIN_INDEXES or indexes.builtin]
    return {
        name: render_index(union, name) for name in dict.fromkeys((*names, "modules.dep.bin", "modules.alias.bin"))
    }


def _directories(image: Initramfs, files: Iterable[str]) -> list[NewMember]:
    """Return the directories that `files` need and the image lacks; one that is there must not be replaced."""
    needed: dict[str, None] = {}
    for path in files:
        entry = image.entries.get(path)
        if entry is not None and entry.is_directory:
            raise PathTaken(f"The initramfs has a directory at {shown(path)}, where a file must be.")
        for parent in parents(path):
            above = image.entries.get(parent)
            if above is None:
                needed[parent] = None
            elif not above.is_directory:
                raise PathTaken(f"The initramfs has no directory at {shown(parent)}, where one must be.")
    return [NewMember(path, _DIRECTORY) for path in needed]


def _layout(image: Initramfs, version: str, compression: Compression | None) -> tuple[Compression, int]:
    """Return how to pack a segment behind this image, and how many zero bytes go before it.

    Only a plain archive must stand at a multiple of 4. Compressed streams stand side by side: the guest's own
    tools (`zstd -t` in lsinitramfs) take that for one whole file, while zeros in between make them give up.

    An LZ4 stream has no end mark: before kernel commit 2c484419efc0 zeros behind it end all unpacking in silence,
    and anything else than another LZ4 stream right behind it is an error for every kernel.
    """
    chosen = compression or image.main.compression
    padding = image.segments[-1].padding
    if not image.self_delimiting:
        if not padding:
            return Compression.LZ4, 0
        if not skips_lz4_padding(version):
            raise HiddenTail(
                f"This LZ4 initramfs ends in zero bytes, behind which kernel {shown(version)} may not look."
            )
    return chosen, -image.size % 4 if chosen is Compression.NONE else 0
