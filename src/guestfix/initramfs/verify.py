"""An image before and after: proof that an extension did what it should, and lines for a person."""

from __future__ import annotations

import stat

from guestfix.initramfs.errors import CorruptIndex, NotAsPlanned
from guestfix.initramfs.extension import Extension, indexed_modules
from guestfix.initramfs.image import Initramfs, describe
from guestfix.initramfs.module_name import module_name, module_suffix
from guestfix.initramfs.tree import Entry
from guestfix.untrusted import shown


def extended(image: Initramfs, extension: Extension) -> Initramfs:
    """Return the description of `image` with `extension` behind it, from reading the extension only."""
    return describe([extension.tail], after=image)


def verify(before: Initramfs, extension: Extension, after: Initramfs) -> None:
    """Raise NotAsPlanned unless `after`, read from the new bytes, is `before` plus exactly the extension.

    Both must be described with module indexes kept. Checked: total size; the old segments are where they were;
    every path but the added ones is as before; every added one has its size; each module is in the module index.
    """
    if after.size != before.size + len(extension.tail):
        raise NotAsPlanned(
            f"The extended initramfs has {after.size} bytes, not {before.size + len(extension.tail)}."
        )
    old = [(segment.offset, segment.length, segment.compression) for segment in before.segments]
    new = [(segment.offset, segment.length, segment.compression) for segment in after.segments]
    if new[:-1] != old or new[-1][2] is not extension.compression:
        raise NotAsPlanned("The extended initramfs does not consist of the old segments and a new one.")
    added = dict(extension.added)
    for path in before.entries.keys() | after.entries.keys() | added.keys():
        entry = after.entries.get(path)
        right = entry == before.entries.get(path) if path not in added else entry and entry.size == added[path]
        if not right:
            raise NotAsPlanned(f"The extended initramfs does not hold the right {shown(path)}.")
    for version, directory in after.modules_directories.items():
        fresh = [path for path in added if path.startswith(directory + "/")]
        if fresh:
            _check_index(before, after, version, {module_name(path) for path in fresh if module_suffix(path)})


def _check_index(before: Initramfs, after: Initramfs, version: str, new: set[str]) -> None:
    """Check that every index knows the `new` modules and what was known and is there, and nothing that is not."""
    files = {module_name(path): path for path in after.modules(version)}
    try:
        old = {name for index in indexed_modules(before, version) for name in index if name in files}
    except CorruptIndex:
        old = set()
    indexes = indexed_modules(after, version)
    if not indexes:
        raise NotAsPlanned("The extended initramfs has no module index.")
    for index in indexes:
        if not set(files.values()).issuperset(index.values()):
            raise NotAsPlanned("The module index of the extended initramfs names a module that is not there.")
        if missing := sorted((old | new) - index.keys()):
            raise NotAsPlanned(f"The module index of the extended initramfs lacks {shown(', '.join(missing))}.")


def describe_difference(before: Initramfs, after: Initramfs) -> tuple[str, ...]:
    """Return a line for each path that differs, sorted, as `lsinitramfs -l` would show it behind `+`, `-` or `~`.

    A size in bytes follows the path; for one that changed, the old and the new. Names are escaped.
    """
    lines: list[str] = []
    for path in sorted(before.entries.keys() | after.entries.keys()):
        old, new = before.entries.get(path), after.entries.get(path)
        if old == new:
            continue
        if old is None and new is not None:
            lines.append(f"+ {_line(path, new)}")
        elif new is None and old is not None:
            lines.append(f"- {_line(path, old)}")
        elif old is not None and new is not None:
            lines.append(f"~ {_line(path, new, was=old)}")
    return tuple(lines)


def _line(path: str, entry: Entry, was: Entry | None = None) -> str:
    size = f"{was.size} -> {entry.size}" if was and was.size != entry.size else str(entry.size)
    name = f"{stat.filemode(entry.mode)} {shown(path)}"
    return name if entry.is_directory else f"{name} ({size} bytes)"
