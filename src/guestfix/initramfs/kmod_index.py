"""The kernel module indexes of one kernel version: which module needs which, and what devices it drives.

depmod writes them as text (modules.dep ...) and as tries (modules.dep.bin ...). kmod, and udev through it, reads
the tries; module-init-tools and busybox read the text. Formats: modules.dep(5), tools/depmod.c of kmod.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from guestfix.initramfs.closure import Closure, close
from guestfix.initramfs.errors import CorruptIndex, TooLarge
from guestfix.initramfs.kmod_trie import read_trie, write_trie
from guestfix.initramfs.module_name import module_name
from guestfix.untrusted import shown

_LARGEST = 32 << 20
# module-init-tools before 3.5 (RHEL 5, SLES 10) wrote the whole path.
_ABSOLUTE = re.compile(r"^/lib/modules/[^/]+/")
_ALIAS_HEAD = "# Aliases extracted from modules themselves.\n"
_SYMBOLS_HEAD = "# Aliases for symbols, used by symbol_request().\n"
_DEVNAME_HEAD = "# Device nodes to trigger on-demand module loading.\n"
_SOFTDEP_HEAD = "# Soft dependencies extracted from modules themselves.\n"

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ModuleIndexes:
    """What depmod knows of one kernel's modules. Paths are relative to the version's modules directory.

    `dependencies` maps a module file to those it needs, all of them, the first to be loaded last. The pairs hold
    (alias pattern, module), (module, text of its soft dependencies), ("symbol:name", module), (module, device
    node). `builtin` are the files that would be modules if they were not built into the kernel.
    """

    dependencies: Mapping[str, tuple[str, ...]]
    aliases: Pairs = ()
    softdeps: Pairs = ()
    symbols: Pairs = ()
    devnames: Pairs = ()
    builtin: tuple[str, ...] = ()
    builtin_aliases: Pairs = ()

    @cached_property
    def paths(self) -> Mapping[str, str]:
        """Module name -> its file."""
        return {module_name(path): path for path in tuple(self.dependencies)[::-1]}

    @cached_property
    def builtin_names(self) -> frozenset[str]:
        """Names of the drivers that are part of the kernel itself."""
        return frozenset(map(module_name, self.builtin))

    def closure(self, names: tuple[str, ...] | list[str]) -> Closure:
        """Return what has to be loaded for `names` to work; `-` and `_` are equal. See `closure.Closure`."""
        return close(self, [name.replace("-", "_") for name in names])

    def restricted(self, paths: Mapping[str, str]) -> ModuleIndexes:
        """Return the part that concerns `paths` (module name -> its file there), as depmod would find it there."""

        def renamed(path: str) -> str | None:
            return paths.get(module_name(path))

        def of_module(pairs: Pairs, place: int) -> Pairs:
            return tuple(pair for pair in pairs if pair[place].replace("-", "_") in paths)

        return replace(
            self,
            dependencies={
                there: tuple(filter(None, map(renamed, needed)))
                for path, needed in self.dependencies.items()
                if (there := renamed(path))
            },
            aliases=of_module(self.aliases, 1),
            softdeps=of_module(self.softdeps, 0),
            symbols=of_module(self.symbols, 1),
            devnames=of_module(self.devnames, 0),
        )

    def joined(self, other: ModuleIndexes) -> ModuleIndexes:
        """Return both together; what is built in is taken from the first."""
        return replace(
            self,
            dependencies={**self.dependencies, **other.dependencies},
            aliases=self.aliases + other.aliases,
            softdeps=self.softdeps + other.softdeps,
            symbols=self.symbols + other.symbols,
            devnames=self.devnames + other.devnames,
        )


def read_indexes(files: Mapping[str, bytes]) -> ModuleIndexes:
    """Parse the index files of one modules directory, by name; modules.dep or modules.dep.bin must be among them.

    Text is preferred because the tries hold alias patterns with `-` turned into `_`. Raises CorruptIndex,
    TooLarge.
    """
    for name, data in files.items():
        if len(data) > _LARGEST:
            raise TooLarge(f"{name} of a kernel is larger than 32 MiB.")
    return ModuleIndexes(
        dependencies=_dependencies(files),
        aliases=_aliases(files, "modules.alias"),
        softdeps=_pairs(files.get("modules.softdep", b""), "softdep"),
        symbols=_aliases(files, "modules.symbols"),
        devnames=_pairs(files.get("modules.devname", b""), None),
        builtin=tuple(line for line in _lines(files.get("modules.builtin", b"")) if line[:1].isalpha()),
        builtin_aliases=_modinfo_aliases(files.get("modules.builtin.modinfo", b"")),
    )


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _lines(data: bytes) -> list[str]:
    return [line for line in _text(data).split("\n") if line.strip() and not line.startswith("#")]


def _dependencies(files: Mapping[str, bytes]) -> dict[str, tuple[str, ...]]:
    if "modules.dep" in files:
        lines = _lines(files["modules.dep"].replace(b"\\\n", b" "))
    elif "modules.dep.bin" in files:
        values = [value for values in read_trie(files["modules.dep.bin"]).values() for value in values]
        lines = [line for _, line in sorted(values)]
    else:
        raise CorruptIndex("A kernel's modules directory has no modules.dep.")
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        path, colon, needed = line.partition(":")
        if not colon or not module_name(path):
            raise CorruptIndex(f"A kernel's modules.dep has a line that names no module: {shown(line)}.")
        found[_relative(path.strip())] = tuple(map(_relative, needed.split()))
    return found


def _relative(path: str) -> str:
    relative = _ABSOLUTE.sub("", path)
    if relative.startswith("/") or ".." in relative.split("/"):
        raise CorruptIndex(f"A kernel's modules.dep names a file outside of its directory: {shown(path)}.")
    return relative


def _aliases(files: Mapping[str, bytes], name: str) -> Pairs:
    """Read `alias PATTERN MODULE` lines, or their trie."""
    if name in files:
        found = []
        for line in _lines(files[name]):
            pattern, _, module = line.removeprefix("alias ").strip().rpartition(" ")
            if pattern:
                found.append((pattern.strip(), module))
        return tuple(found)
    trie = read_trie(files[name + ".bin"]) if name + ".bin" in files else {}
    return tuple((key, module) for key, values in trie.items() for _, module in values)


def _pairs(data: bytes, keyword: str | None) -> Pairs:
    """Read lines of a word and a rest, behind `keyword` if there is one."""
    found = []
    for line in _lines(data):
        rest = line
        if keyword:
            word, _, rest = line.partition(" ")
            if word != keyword:
                continue
        name, _, value = rest.strip().partition(" ")
        found.append((name, value))
    return tuple(found)


def _modinfo_aliases(data: bytes) -> Pairs:
    """Read `module.alias=pattern` records, NUL-terminated (kernels since 5.2)."""
    found = []
    for record in _text(data).split("\0"):
        key, _, value = record.partition("=")
        module, _, tag = key.partition(".")
        if tag == "alias" and value:
            found.append((value, module))
    return tuple(found)


def render_index(indexes: ModuleIndexes, name: str) -> bytes:
    """Return the index file `name` (a key of `INDEX_FILES`) as depmod would. Raises CorruptIndex, TooLarge."""
    return INDEX_FILES[name](indexes)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _dep_lines(indexes: ModuleIndexes) -> list[str]:
    return [" ".join((path + ":", *needed)) for path, needed in indexes.dependencies.items()]


def _order(indexes: ModuleIndexes) -> dict[str, int]:
    return {module_name(path): order for order, path in enumerate(indexes.dependencies)}


def _dep_trie(indexes: ModuleIndexes) -> bytes:
    lines = zip(indexes.dependencies, _dep_lines(indexes), strict=True)
    return write_trie((module_name(path), order, line) for order, (path, line) in enumerate(lines))


def _alias_trie(indexes: ModuleIndexes, pairs: Pairs) -> bytes:
    order = _order(indexes)
    keyed = ((_underscored(pattern), order.get(module, 0), module) for pattern, module in pairs)
    return write_trie((key, priority, module) for key, priority, module in keyed if key)


def _symbol_trie(indexes: ModuleIndexes) -> bytes:
    order = _order(indexes)
    return write_trie((symbol, order.get(module, 0), module) for symbol, module in indexes.symbols)


def _underscored(pattern: str) -> str | None:
    """Return a pattern with `-` as `_` outside of brackets; None where brackets do not match, as depmod has it."""
    if not re.fullmatch(r"(?:[^\[\]]|\[[^\]]*\])*", pattern):
        return None
    return re.sub(r"\[[^\]]*\]|-", lambda match: match[0] if match[0] != "-" else "_", pattern)


def _render_lines(head: str, pattern: str, pairs: Pairs) -> bytes:
    return _encoded(head + "".join(pattern.format(*pair) for pair in pairs))


INDEX_FILES: Mapping[str, Callable[[ModuleIndexes], bytes]] = {
    "modules.dep": lambda indexes: _encoded("".join(line + "\n" for line in _dep_lines(indexes))),
    "modules.dep.bin": _dep_trie,
    "modules.alias": lambda indexes: _render_lines(_ALIAS_HEAD, "alias {} {}\n", indexes.aliases),
    "modules.alias.bin": lambda indexes: _alias_trie(indexes, indexes.aliases),
    "modules.softdep": lambda indexes: _render_lines(_SOFTDEP_HEAD, "softdep {} {}\n", indexes.softdeps),
    "modules.symbols": lambda indexes: _render_lines(_SYMBOLS_HEAD, "alias {} {}\n", indexes.symbols),
    "modules.symbols.bin": _symbol_trie,
    "modules.devname": lambda indexes: _render_lines(_DEVNAME_HEAD, "{} {}\n", indexes.devnames),
    "modules.builtin.bin": lambda indexes: write_trie((module_name(path), 0, "") for path in indexes.builtin),
    "modules.builtin.alias.bin": lambda indexes: _alias_trie(ModuleIndexes({}), indexes.builtin_aliases),
}
