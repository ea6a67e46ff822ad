"""A hive that rules edit: what it holds, and the operations that lead there. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Final

from guestfix.registry.control_sets import is_control_set
from guestfix.registry.draft import Draft
from guestfix.registry.errors import HiveEditImpossible
from guestfix.registry.hive import Hive
from guestfix.registry.names import folded, joined, sayable, split_path
from guestfix.registry.operations import CreateKey, DeleteKey, DeleteValue, Operation, SetValue
from guestfix.registry.reg_text import stored, tree_lines
from guestfix.registry.values import Value
from guestfix.untrusted import shown

LISTED: Final = 200
"""Lines of a deleted key that a plan shows."""


@dataclass(frozen=True)
class HiveDocument:
    """A hive with edits. Two are equal if they do the same to the same hive."""

    hive: Hive = field(compare=False)
    operations: tuple[Operation, ...] = ()
    logs: tuple[str, ...] = ()
    """Paths of the logs that were replayed over the hive as it lies in the guest."""

    @cached_property
    def root(self) -> Draft:
        """The tree with every operation done. To be read only."""
        return Draft.of(self.hive).carry_out(self.operations)

    @property
    def control_sets(self) -> tuple[str, ...]:
        """The names of all control sets, in order."""
        return tuple(sorted(key.name for key in self.root.children.values() if is_control_set(key.name)))

    def key(self, path: str) -> Draft | None:
        """Return the key at `path`; None if there is none."""
        return self.root.key(path)

    def value(self, path: str, name: str) -> Value | None:
        """Return the value `name` of the key at `path`; None if there is none."""
        key = self.key(path)
        return None if key is None else key.value(name)

    def set_value(self, path: str, name: str, number: int, data: bytes) -> HiveDocument:
        """Return the hive in which that value has this type and data; missing keys are made.

        Raises HiveEditImpossible for a name that no key or value can have.
        """
        now = self.value(path, name)
        if now is not None and (now.type, now.data) == (number, data):
            return self
        path = self._spelt(path)
        _check_sayable(name)
        rest, was = self._without(path, name)
        if was is not None and (was.type, was.data) == (number, data):
            return replace(self, operations=rest)
        said = SetValue(
            key=path,
            name=was.name if was else name,
            type=int(number),
            data=data,
            was=stored(was) if was else None,
        )
        return self._checked(*rest, said)

    def delete_value(self, path: str, name: str) -> HiveDocument:
        """Return the hive without that value; the same hive if it has none."""
        if self.value(path, name) is None:
            return self
        path = self._spelt(path)
        _check_sayable(name)
        rest, was = self._without(path, name)
        if was is None:
            return replace(self, operations=rest)
        return self._checked(*rest, DeleteValue(key=path, name=was.name, was=stored(was)))

    def create_key(self, path: str) -> HiveDocument:
        """Return the hive in which that key is. Raises HiveEditImpossible."""
        if self.key(path) is not None:
            return self
        return self._checked(*self.operations, CreateKey(key=self._spelt(path)))

    def delete_key(self, path: str) -> HiveDocument:
        """Return the hive without that key and all below it; the same hive if there is none."""
        key = self.key(path)
        if key is None or not split_path(path):
            return self
        path = self._spelt(path)
        rest = tuple(each for each in self.operations if not _is_below(each.key, path))
        lost = self.hive.key(path)
        if lost is None:
            return replace(self, operations=rest)
        lines = list(
            islice(map(sayable, tree_lines(Draft("", base=lost, path=lost.path, depth=lost.depth))), LISTED + 1)
        )
        if len(lines) > LISTED:
            lines[LISTED:] = ["; ..."]
        return self._checked(*rest, DeleteKey(key=path, was=tuple(lines)))

    def _without(self, path: str, name: str) -> tuple[tuple[Operation, ...], Value | None]:
        """Return the operations but those on this value, and the value as it is before all of them."""
        rest = tuple(
            each
            for each in self.operations
            if not isinstance(each, SetValue | DeleteValue)
            or (folded(each.key), folded(each.name)) != (folded(path), folded(name))
        )
        if any(isinstance(each, DeleteKey) and _is_below(path, each.key) for each in rest):
            return rest, None
        key = self.hive.key(path)
        return rest, None if key is None else key.value(name)

    def _checked(self, *operations: Operation) -> HiveDocument:
        document = replace(self, operations=operations)
        _ = document.root  # raises for what cannot be done
        return document

    def _spelt(self, path: str) -> str:
        """Return `path` in the case that the hive has, as far as it exists."""
        here: Draft | None = self.root
        parts: list[str] = []
        for part in split_path(path):
            here = here.children.get(folded(part)) if here else None
            parts.append(here.name if here else part)
        return _check_sayable(joined(*parts))


def _check_sayable(text: str) -> str:
    """Return `text` if a plan can hold it. Raises HiveEditImpossible."""
    if sayable(text) != text:
        raise HiveEditImpossible(
            f"{shown(text)} is no name that can be written down, so it is left alone",
            hint="half a UTF-16 pair stands in it; remove it in the guest",
        )
    return text


def _is_below(path: str, above: str) -> bool:
    """Whether `path` is `above` or below it."""
    parts, top = split_path(folded(path)), split_path(folded(above))
    return parts[: len(top)] == top
