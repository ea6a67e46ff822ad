"""What a kernel module says of itself: the `.modinfo` section of its ELF file, NUL-separated `key=value` records.

It is how modinfo(8) and depmod(8) know a module's aliases, what it needs and which kernel it was built for. Only
the section table is read; relocation and symbols are none of our business. ELF: elf(5).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping

from guestfix.initramfs.errors import CorruptModule
from guestfix.initramfs.kmod_index import ModuleIndexes
from guestfix.initramfs.module_name import module_name
from guestfix.untrusted import shown

Records = tuple[tuple[str, str], ...]

_SECTIONS = 4096
_LARGEST = 1 << 20


def read_modinfo(data: bytes, path: str) -> Records:
    """Return the records of the unpacked module `data`, in order; `path` is for errors. Raises CorruptModule."""
    try:
        return _records(_section(data))
    except (struct.error, IndexError, ValueError) as problem:
        raise CorruptModule(f"{shown(path)} is no kernel module: its ELF sections cannot be read.") from problem


def _section(data: bytes) -> bytes:
    if data[:4] != b"\x7fELF" or data[4] not in {1, 2} or data[5] not in {1, 2}:
        raise ValueError("no ELF file")
    order = "<" if data[5] == 1 else ">"
    wide = data[4] == 2
    table = struct.unpack_from(order + ("Q" if wide else "I"), data, 40 if wide else 32)[0]
    size, count, names = struct.unpack_from(order + "HHH", data, 58 if wide else 46)
    form, length = (order + "IIQQQQ", 64) if wide else (order + "IIIIII", 40)
    if size != length or count > _SECTIONS:
        raise ValueError("no section table that we know")

    def place(number: int) -> tuple[int, int, int]:
        name, _, _, _, offset, extent = struct.unpack_from(form, data, table + number * size)
        return name, offset, extent

    _, strings, extent = place(names)
    text = data[strings : strings + extent]
    for number in range(count):
        name, offset, extent = place(number)
        if text[name : name + 9] == b".modinfo\0":
            if extent > _LARGEST or offset + extent > len(data):
                raise ValueError("a section that is too large")
            return data[offset : offset + extent]
    raise ValueError("no .modinfo")


def _records(section: bytes) -> Records:
    pairs = (record.partition("=") for record in section.decode("utf-8", "surrogateescape").split("\0"))
    return tuple((key, value) for key, equals, value in pairs if equals)


def indexes_of(modules: Mapping[str, Records]) -> ModuleIndexes:
    """Return the indexes over modules (path -> records) as depmod would, needs that are not among them left out.

    A module of another set that one here needs must be looked for by name: see `needed_by`.
    """
    paths = {module_name(path): path for path in modules}
    return ModuleIndexes(
        dependencies={
            path: tuple(paths[name] for name in needed_by(records) if name in paths)
            for path, records in modules.items()
        },
        aliases=tuple(
            (value, module_name(path))
            for path, records in modules.items()
            for key, value in records
            if key == "alias"
        ),
        softdeps=tuple(
            (module_name(path), value)
            for path, records in modules.items()
            for key, value in records
            if key == "softdep"
        ),
    )


def needed_by(records: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the names of the modules that must be loaded first, spelled with `_`."""
    return tuple(
        name.replace("-", "_") for key, value in records if key == "depends" for name in value.split(",") if name
    )


def built_for(records: Iterable[tuple[str, str]]) -> str:
    """Return the kernel version that a module was built for: the first word of vermagic; "" where none is said."""
    return next((value.split(" ")[0] for key, value in records if key == "vermagic"), "")
