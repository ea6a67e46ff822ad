"""What has to be in an image for a driver to load: the module, what it needs, and what it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from guestfix.initramfs.module_name import module_name


class _Indexes(Protocol):
    @property
    def dependencies(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def paths(self) -> Mapping[str, str]: ...
    @property
    def aliases(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def softdeps(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def builtin_names(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Closure:
    """`modules`: files in load order. `builtin`: wanted names that the kernel has inside. `unknown`: wanted names
    that this kernel has neither as a module nor inside.
    """

    modules: tuple[str, ...]
    builtin: tuple[str, ...]
    unknown: tuple[str, ...]


def close(indexes: _Indexes, wanted: Iterable[str]) -> Closure:
    """Return the closure of `wanted` (names with `_`) over dependencies and soft dependencies, as modprobe has it.

    A soft dependency may be an alias (`crypto-crc32c`), then all modules of that alias are meant; one that leads
    nowhere is no error. Built-in modules are left out.
    """
    wanted = tuple(dict.fromkeys(wanted))
    builtin = tuple(name for name in wanted if name not in indexes.paths and name in indexes.builtin_names)
    unknown = tuple(name for name in wanted if name not in indexes.paths and name not in indexes.builtin_names)
    walk = _Walk(indexes)
    for name in wanted:
        if name in indexes.paths:
            walk.visit(indexes.paths[name])
    return Closure(tuple(walk.order), builtin, unknown)


class _Walk:
    """A depth-first walk with a stack of its own: an index may nest deeper than Python would follow."""

    def __init__(self, indexes: _Indexes) -> None:
        self._indexes = indexes
        self.order: list[str] = []
        self._seen: set[str] = set()
        self._pre: dict[str, list[str]] = {}
        self._post: dict[str, list[str]] = {}
        for module, text in indexes.softdeps:
            self._read_softdep(module.replace("-", "_"), text)
        needed = {name for names in (*self._pre.values(), *self._post.values()) for name in names}
        self._named: dict[str, list[str]] = {}
        for pattern, module in indexes.aliases:
            name = pattern.replace("-", "_")
            if name in needed:
                self._named.setdefault(name, []).append(module)

    def _read_softdep(self, module: str, text: str) -> None:
        """Read `pre: a b post: c`; names before the first section mean nothing to modprobe."""
        section: dict[str, list[str]] | None = None
        for word in text.split():
            if word.endswith(":"):
                section = {"pre:": self._pre, "post:": self._post}.get(word, section)
            elif section is not None:
                section.setdefault(module, []).append(word.replace("-", "_"))

    def visit(self, path: str) -> None:
        """Put `path` and all it needs into `order`, each once, what is needed first."""
        stack: list[tuple[str, bool]] = [(path, False)]
        while stack:
            here, ready = stack.pop()
            if ready:
                self.order.append(here)
                continue
            if here in self._seen:
                continue
            self._seen.add(here)
            name = module_name(here)
            first = [*self._files(self._pre.get(name, ())), *reversed(self._needed(here))]
            after = self._files(self._post.get(name, ()))
            stack += [(file, False) for file in reversed(after)]
            stack.append((here, True))
            stack += [(file, False) for file in reversed(first)]

    def _needed(self, path: str) -> list[str]:
        files = (
            self._indexes.paths.get(module_name(needed)) for needed in self._indexes.dependencies.get(path, ())
        )
        return [file for file in files if file]

    def _files(self, names: Iterable[str]) -> list[str]:
        paths, builtin = self._indexes.paths, self._indexes.builtin_names
        found: list[str] = []
        for name in names:
            modules = [name] if name in paths or name in builtin else self._named.get(name, [])
            found += [paths[module] for module in modules if module in paths]
        return found
