"""What an initramfs image is made of: its segments, the paths that they add up to, and who generated it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType

from guestfix.initramfs import cpio
from guestfix.initramfs.compression import Compression, detect, unpack
from guestfix.initramfs.errors import CorruptImage, TooLarge
from guestfix.initramfs.generator import Generator, recognise
from guestfix.initramfs.module_name import module_suffix
from guestfix.initramfs.source import Limits, Source
from guestfix.initramfs.tree import Entry, TreeBuilder, resolve
from guestfix.untrusted import shown

_INDEX = re.compile(r"(?:usr/)?lib/modules/[^/]+/modules\.(?:dep|alias|symbols|softdep|devname)(?:\.bin)?")
_MODULES = re.compile(r"((?:usr/)?lib/modules/([^/]+))(?:/|$)")
_STARTS = ("init", "linuxrc")


class Role(StrEnum):
    """What a segment is for. `early`: uncompressed, in front (microcode); `extra`: any other but `main`."""

    EARLY = "early"
    MAIN = "main"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Segment:
    """One cpio archive, or one compressed stream of archives. Sizes and offsets in bytes, in the image.

    `entries` counts the members; `unpacked` is the size of the archive; `padding` the zero bytes behind the
    segment.
    """

    offset: int
    length: int
    compression: Compression
    entries: int
    unpacked: int
    role: Role = Role.EXTRA
    padding: int = 0


@dataclass(frozen=True)
class Initramfs:
    """A whole image: segments in order, path -> entry as the kernel would see it, bodies that were asked for."""

    size: int
    segments: tuple[Segment, ...]
    entries: Mapping[str, Entry]
    kept: Mapping[str, bytes]

    @property
    def main(self) -> Segment:
        """The segment that holds `/init`; the last one where there is none."""
        return next((segment for segment in self.segments if segment.role is Role.MAIN), self.segments[-1])

    @property
    def self_delimiting(self) -> bool:
        """False if the last segment is LZ4: it has no end mark, so what may follow depends on the kernel."""
        return self.segments[-1].compression is not Compression.LZ4

    @cached_property
    def generator(self) -> Generator:
        """The program that made the image, by its contents."""
        return recognise(self.entries)

    @cached_property
    def modules_directories(self) -> Mapping[str, str]:
        """Kernel version -> the directory of its modules in the image, `usr/lib/modules/V` or `lib/modules/V`."""
        found: dict[str, str] = {}
        for path, entry in self.entries.items():
            if (match := _MODULES.match(path)) and (entry.is_directory or match.end() < len(path)):
                found.setdefault(match[2], match[1])
        return found

    @property
    def kernel_versions(self) -> tuple[str, ...]:
        """The versions whose modules the image holds, sorted."""
        return tuple(sorted(self.modules_directories))

    def modules(self, version: str) -> tuple[str, ...]:
        """Return the module files of a kernel version, relative to its directory, sorted."""
        prefix = self.modules_directories.get(version, "") + "/"
        return tuple(
            sorted(
                path.removeprefix(prefix)
                for path, entry in self.entries.items()
                if path.startswith(prefix) and module_suffix(path) and not entry.is_directory
            )
        )

    @property
    def flat_modules(self) -> tuple[str, ...]:
        """The modules that lie in `/lib` itself, without a directory of a version (RHEL 5), by path."""
        return tuple(path for path in self.entries if re.fullmatch(r"lib/[^/]+\.ko", path))

    def index_files(self, version: str) -> dict[str, bytes | None]:
        """Return the `modules.*` files of a version by name; None for one whose content was not kept."""
        prefix = self.modules_directories.get(version, "") + "/modules."
        return {
            "modules." + path.removeprefix(prefix): self.kept.get(path)
            for path in self.entries
            if path.startswith(prefix) and "/" not in path.removeprefix(prefix)
        }

    def has_kmod_index(self, version: str) -> bool:
        """Say whether the image holds the binary index from which kmod and udev load that version's modules."""
        return {"modules.dep.bin", "modules.alias.bin"} <= self.index_files(version).keys()

    def resolve(self, path: str) -> str:
        """Return `path` (without a leading slash) with the image's symbolic links above its last name followed."""
        return resolve(self.entries, path)


def is_module_index(path: str) -> bool:
    """Say whether `path` in an image is a kernel module index, which `extend` wants to read."""
    return _INDEX.fullmatch(path) is not None


def describe(
    chunks: Iterable[bytes],
    *,
    keep: Callable[[str], bool] = is_module_index,
    limits: Limits | None = None,
    after: Initramfs | None = None,
) -> Initramfs:
    """Read an image once, forward, and say what it is; nothing but the bodies that `keep` asks for is held.

    In: `chunks`, the bytes of the image in pieces of any size (4 MB is good); `keep(path)` for files to remember.
    With `after`, the chunks are what follows that image, and the result describes both together.
    Raises CorruptImage, TooLarge, UnsupportedCompression.
    """
    limits = limits or Limits()
    start = after.size if after else 0
    source = Source(chunks, limit=limits.packed, offset=start)
    tree = TreeBuilder(keep, limits, after.entries if after else {}, after.kept if after else {})
    segments = list(after.segments) if after else []
    reader = _Reader(source, tree, limits, len(segments))
    padding = source.skip_zeros()
    if segments:
        segments[-1] = _padded(segments[-1], segments[-1].padding + padding)
    while not source.at_end():
        segment = reader.segment()
        segments.append(_padded(segment, source.skip_zeros()))
    if not segments:
        raise CorruptImage("An initramfs is empty: there is no cpio archive in it.")
    entries = MappingProxyType(tree.entries)
    return Initramfs(source.offset, _with_roles(segments, entries), entries, MappingProxyType(tree.kept))


class _Reader:
    """Reads segment after segment of one source into one tree."""

    def __init__(self, source: Source, tree: TreeBuilder, limits: Limits, number: int) -> None:
        self._source = source
        self._tree = tree
        self._limits = limits
        self._number = number
        self._unpacked = 0
        self._members = 0

    def segment(self) -> Segment:
        start, unpacked = self._source.offset, self._unpacked
        self._members = 0
        head = self._source.peek(6)
        compression = detect(head)
        if compression is None:
            raise CorruptImage(
                f"An initramfs has {shown(head)} at byte {start}, which is neither cpio nor a compression of it."
            )
        if compression is Compression.NONE:
            if start % 4:
                raise CorruptImage(f"An initramfs has a cpio archive at byte {start}, not a multiple of 4.")
            self._archive(self._source)
            self._unpacked += self._source.offset - start
        else:
            self._stream(Source(self._counted(compression), limit=self._limits.unpacked))
        self._number += 1
        return Segment(start, self._source.offset - start, compression, self._members, self._unpacked - unpacked)

    def _stream(self, content: Source) -> None:
        """Read the archives of one unpacked stream, with zeros between them."""
        content.skip_zeros()
        if content.at_end():
            raise CorruptImage(
                f"An initramfs has compressed data with nothing in it before byte {self._source.offset}."
            )
        while not content.at_end():
            if content.offset % 4:
                raise CorruptImage(
                    f"An initramfs has broken padding at byte {content.offset} of its unpacked content."
                )
            self._archive(content)
            content.skip_zeros()

    def _archive(self, source: Source) -> None:
        def member(header: cpio.Member) -> None:
            body = cpio.read_body(source, header, keep=self._tree.wants(header))
            self._tree.add(header, body, self._number)
            self._members += 1

        cpio.read_archive(source, longest_name=self._limits.name, member=member)
        self._tree.end_archive()

    def _counted(self, compression: Compression) -> Iterator[bytes]:
        for piece in unpack(self._source, compression, window=self._limits.window):
            self._unpacked += len(piece)
            if self._unpacked > self._limits.unpacked:
                raise TooLarge(f"An initramfs unpacks to more than {self._limits.unpacked} bytes, the limit.")
            yield piece


def _padded(segment: Segment, padding: int, role: Role = Role.EXTRA) -> Segment:
    return Segment(
        segment.offset, segment.length, segment.compression, segment.entries, segment.unpacked, role, padding
    )


def _with_roles(segments: list[Segment], entries: Mapping[str, Entry]) -> tuple[Segment, ...]:
    main = next((entries[name].segment for name in _STARTS if name in entries), len(segments) - 1)
    leading = True
    out: list[Segment] = []
    for number, segment in enumerate(segments):
        leading = leading and segment.compression is Compression.NONE and number < main
        role = Role.MAIN if number == main else Role.EARLY if leading else Role.EXTRA
        out.append(_padded(segment, segment.padding, role))
    return tuple(out)
