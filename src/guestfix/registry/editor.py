"""Carry out operations on the bytes of a hive: a pure function, so the result is known before anything is written.

Layout: see `cells`. What a key has beside its values and subkeys (security, class, times, flags) stays as it is; a
new key shares the security of its parent, as one that RegCreateKey makes inherits it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

from guestfix.registry.cells import ASCII_KEY, ASCII_VALUE, INLINE, NOTHING, KeyNode
from guestfix.registry.draft import MAX_KEY, MAX_VALUE
from guestfix.registry.errors import HiveEditImpossible, HiveUnclean
from guestfix.registry.heap import Heap
from guestfix.registry.hive import DEEPEST, Hive
from guestfix.registry.names import folded, joined, split_path
from guestfix.registry.operations import CreateKey, DeleteKey, DeleteValue, Operation, SetValue
from guestfix.registry.packing import in_order, packed_name, packed_value_data, subkey_list
from guestfix.untrusted import shown

# Where fields of a key's cell are.
PARENT, SUBKEYS, SUBKEY_LIST, VALUES, VALUE_LIST = 16, 20, 28, 36, 40
LONGEST_SUBKEY, LONGEST_VALUE_NAME, LARGEST_VALUE = 52, 60, 64
# And of key security: the cells after and before it in a ring, and the number of keys that share it.
AFTER, BEFORE, REFERENCES = 4, 8, 12

VALUE_LENGTH, VALUE_DATA, VALUE_TYPE = 4, 8, 12
_WORD: Final = "<I"


def edited(data: bytes, operations: Iterable[Operation]) -> bytes:
    """Return the hive `data` with `operations` done, in their order.

    Raises HiveUnclean for one whose last write was not carried to its end, HiveEditImpossible for an operation on
    what is not there or with a name that cannot be, HiveDamaged, NotAHive, HiveTooLarge.
    """
    hive = Hive.of(data)
    if not hive.is_clean:
        raise HiveUnclean("the hive was not written to its end", hint="its logs have to be replayed first")
    hive.check_bins()
    editor = _Editor(Heap(data))
    for operation in operations:
        match operation:
            case SetValue():
                editor.set_value(operation)
            case DeleteValue():
                editor.delete_value(operation)
            case CreateKey(key=path):
                editor.made(path)
            case DeleteKey(key=path):
                editor.delete_key(path)
    return editor.heap.finish()


class _Editor:
    """One hive while it is edited."""

    def __init__(self, heap: Heap) -> None:
        self.heap = heap
        self._root = heap.base.root
        self._children: dict[int, dict[str, int]] = {}
        """For a key's cell: folded names of subkeys, and their cells."""
        self._owner: dict[int, int] = {self._root: -1}

    def set_value(self, said: SetValue) -> None:
        """Make the value, or give it this type and data."""
        if len(said.name) > MAX_VALUE or "\0" in said.name:
            raise HiveEditImpossible(f"no value can be called {shown(said.name)}")
        key = self.made(said.key)
        length, place = packed_value_data(self.heap.add, said.data, self.heap.base.minor)
        there = self._value(key, said.name)
        if there is None:
            name, is_ascii = packed_name(said.name)
            flags = ASCII_VALUE if is_ascii else 0
            head = struct.pack("<2sHIIIHH", b"vk", len(name), length, place, said.type, flags, 0)
            self._list_values(key, [*self.heap.cells.values(self._node(key)), self.heap.add(head + name)])
        else:
            self._free_data(there)
            self.heap.put(there, VALUE_LENGTH, "<III", length, place, said.type)
        self._raise(key, LONGEST_VALUE_NAME, 2 * len(said.name))
        self._raise(key, LARGEST_VALUE, len(said.data))

    def delete_value(self, said: DeleteValue) -> None:
        """Remove the value."""
        key = self._found(said.key)
        there = None if key is None else self._value(key, said.name)
        if key is None or there is None:
            raise HiveEditImpossible(f"there is no value {shown(said.name)} in {shown(said.key)}")
        rest = [offset for offset in self.heap.cells.values(self._node(key)) if offset != there]
        self._free_data(there)
        self.heap.free(there)
        self._list_values(key, rest)

    def made(self, path: str) -> int:
        """Return the cell of the key at `path`; what is missing of it is made."""
        here = self._root
        parts = split_path(path)
        if len(parts) > DEEPEST:
            raise HiveEditImpossible(f"{shown(path)} is deeper than a hive may be")
        for part in parts:
            child = self._below(here).get(folded(part))
            here = self._add_key(here, part) if child is None else child
        return here

    def delete_key(self, path: str) -> None:
        """Remove the key and all that is below it."""
        *above, last = split_path(path) or ("", "")
        parent = self._found(joined(*above))
        key = None if parent is None else self._below(parent).get(folded(last))
        if parent is None or key is None:
            raise HiveEditImpossible(f"there is no key {shown(path)} below the root")
        doomed = [key]
        for each in doomed:
            doomed += self._below(each).values()
        for each in doomed:
            self._free_key(each)
        del self._below(parent)[folded(last)]
        self._list_subkeys(parent)

    # Looking

    def _node(self, key: int) -> KeyNode:
        return self.heap.cells.key(key, self._owner[key])

    def _below(self, key: int) -> dict[str, int]:
        found = self._children.get(key)
        if found is None:
            found = self._children[key] = {}
            for child in self.heap.cells.subkeys(self._node(key)):
                self._owner[child] = key
                name = folded(self.heap.cells.key(child, key).name)
                if name in found:
                    raise HiveEditImpossible(f"two keys are called {shown(name)} below one parent")
                found[name] = child
        return found

    def _found(self, path: str) -> int | None:
        here: int | None = self._root
        for part in split_path(path):
            here = None if here is None else self._below(here).get(folded(part))
        return here

    def _value(self, key: int, name: str) -> int | None:
        for offset in self.heap.cells.values(self._node(key)):
            if folded(self.heap.cells.value_name(offset, key)) == folded(name):
                return offset
        return None

    # Changing

    def _add_key(self, parent: int, name: str) -> int:
        if len(name) > MAX_KEY or "\0" in name:
            raise HiveEditImpossible(f"no key can be called {shown(name)}")
        above = self._node(parent)
        packed, is_ascii = packed_name(name)
        head = struct.pack(
            "<2sHQIIIIIIIIIIIIIIIHH",
            b"nk", ASCII_KEY if is_ascii else 0, above.time, 0, parent, 0, 0, NOTHING, NOTHING, 0, NOTHING,
            above.security, NOTHING, 0, 0, 0, 0, 0, len(packed), 0,
        )  # fmt: skip
        key = self.heap.add(head + packed)
        self.heap.put(above.security, REFERENCES, _WORD, self.heap.get(above.security, REFERENCES, _WORD) + 1)
        self._owner[key] = parent
        self._below(parent)[folded(name)] = key
        self._list_subkeys(parent)
        self._raise(parent, LONGEST_SUBKEY, 2 * len(name))
        return key

    def _list_subkeys(self, key: int) -> None:
        """Write the list of subkeys anew, and free the old one."""
        self._free_subkey_list(key)
        children = [(self.heap.cells.key(child, key).name, child) for child in self._below(key).values()]
        children.sort(key=lambda child: in_order(child[0]))
        listed = subkey_list(self.heap.add, children, self.heap.base.minor)
        self.heap.put(key, SUBKEYS, _WORD, len(children))
        self.heap.put(key, SUBKEY_LIST, _WORD, listed)

    def _list_values(self, key: int, values: list[int]) -> None:
        """Write the list of values anew, and free the old one."""
        if self.heap.get(key, VALUES, _WORD):
            self.heap.free(self.heap.get(key, VALUE_LIST, _WORD))
        listed = self.heap.add(struct.pack(f"<{len(values)}I", *values)) if values else NOTHING
        self.heap.put(key, VALUES, "<II", len(values), listed)

    def _raise(self, key: int, at: int, number: int) -> None:
        """Keep a maximum that RegQueryInfoKey tells programs true. (Half of this word means something else.)"""
        layout = "<H" if at == LONGEST_SUBKEY else _WORD
        self.heap.put(key, at, layout, max(number, self.heap.get(key, at, layout)))

    # Freeing

    def _free_key(self, key: int) -> None:
        node = self._node(key)
        for value in self.heap.cells.values(node):
            self.heap.cells.value_name(value, key)
            self._free_data(value)
            self.heap.free(value)
        if node.value_count:
            self.heap.free(node.value_list)
        self._free_subkey_list(key)
        if node.class_offset != NOTHING and node.class_name:
            self.heap.free(node.class_offset)
        self._release(node.security)
        self.heap.free(key)

    def _free_subkey_list(self, key: int) -> None:
        if self.heap.get(key, SUBKEYS, _WORD):
            for cell in self.heap.cells.subkey_list_cells(self._node(key)):
                self.heap.free(cell)

    def _free_data(self, value: int) -> None:
        length = self.heap.get(value, VALUE_LENGTH, _WORD)
        if length and not length & INLINE:
            for cell in self.heap.cells.data_cells(value, length, self.heap.get(value, VALUE_DATA, _WORD)):
                self.heap.free(cell)

    def _release(self, security: int) -> None:
        """One key less has this security; the last one takes it along."""
        self.heap.cells.security(security)
        count = self.heap.get(security, REFERENCES, _WORD)
        if count > 1:
            self.heap.put(security, REFERENCES, _WORD, count - 1)
            return
        after, before = self.heap.get(security, AFTER, _WORD), self.heap.get(security, BEFORE, _WORD)
        if after != security:
            self.heap.cells.security(after)
            self.heap.cells.security(before)
            self.heap.put(before, AFTER, _WORD, after)
            self.heap.put(after, BEFORE, _WORD, before)
            self.heap.free(security)
