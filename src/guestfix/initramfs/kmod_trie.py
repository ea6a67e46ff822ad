"""The binary index files of kmod (`modules.*.bin`): a trie of 7-bit keys, each with values sorted by priority.

Format: libkmod/libkmod-index.c and tools/depmod.c of kmod. All integers are 32 bit, big-endian: magic, version
2.1, root. A node's number is its offset with flags in the high bits; its fields stand there in the order prefix,
children, values, each only if its flag says so. depmod up to kmod 33 writes children before their parent, and so
do we.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

from guestfix.initramfs.errors import CorruptIndex, TooLarge
from guestfix.untrusted import shown

_MAGIC, _VERSION = 0xB007F457, 0x00020001
_PREFIX, _VALUES, _CHILDREN, _OFFSET = 0x80000000, 0x40000000, 0x20000000, 0x0FFFFFFF
_LARGEST = 64 << 20
_LONGEST_KEY = 4096

Value = tuple[int, str]
"""A priority (0 first) and a text."""


@dataclass(slots=True)
class _Node:
    """A node not yet written. `depth` is the length of the key that leads here; children by their first byte."""

    depth: int
    key: bytes
    values: list[Value] = field(default_factory=list)
    children: dict[int, int] = field(default_factory=dict)


def write_trie(items: Iterable[tuple[str, int, str]]) -> bytes:
    """Return the index file that depmod would write for `items` (key, priority, value), inserted in their order.

    Of equal keys and priorities the last inserted comes first, as in depmod. Raises CorruptIndex for a key or
    value that is not 7-bit text (depmod gives up there as well), TooLarge.
    """
    grouped: dict[bytes, list[Value]] = {}
    for text, priority, value in items:
        _check(text, value)
        grouped.setdefault(text.encode("ascii"), []).append((priority, value))
    out = bytearray(12)
    stack = [_Node(0, b"")]
    for key in sorted(grouped):
        shared = _common(stack[-1].key, key)
        _close(stack, shared, out)
        # A stable sort of the reversed list puts the last inserted first.
        values = grouped[key][::-1]
        values.sort(key=lambda value: value[0])
        if len(key) == stack[-1].depth:
            stack[-1].values = values
        else:
            stack.append(_Node(len(key), key, values))
    _close(stack, 0, out)
    root = _write_node(stack[0], b"", out)
    struct.pack_into(">III", out, 0, _MAGIC, _VERSION, root)
    return bytes(out)


def _check(key: str, value: str) -> None:
    if not (key.isascii() and value.isascii()) or "\0" in key or "\0" in value or len(key) > _LONGEST_KEY:
        raise CorruptIndex(
            f"A kernel module index has an entry that is not plain text: {shown(key)} {shown(value)}."
        )


def _common(one: bytes, other: bytes) -> int:
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return at
    return min(len(one), len(other))


def _close(stack: list[_Node], depth: int, out: bytearray) -> None:
    """Write and drop the nodes below `depth` of the path that ends at the top of `stack`.

    A node in which keys part, but none ends, is put in at `depth`; the root is there from the beginning.
    """
    while stack[-1].depth > depth:
        node = stack.pop()
        if stack[-1].depth < depth:
            stack.append(_Node(depth, node.key[:depth]))
        above = stack[-1]
        above.children[node.key[above.depth]] = _write_node(node, node.key[above.depth + 1 : node.depth], out)


def _write_node(node: _Node, prefix: bytes, out: bytearray) -> int:
    number = len(out)
    if number > _LARGEST:
        raise TooLarge("A kernel module index would be larger than 64 MiB.")
    if prefix:
        number |= _PREFIX
        out += prefix + b"\0"
    if node.children:
        number |= _CHILDREN
        first, last = min(node.children), max(node.children)
        out += bytes((first, last))
        for char in range(first, last + 1):
            out += node.children.get(char, 0).to_bytes(4, "big")
    if node.values:
        number |= _VALUES
        out += len(node.values).to_bytes(4, "big")
        for priority, value in node.values:
            out += priority.to_bytes(4, "big") + value.encode("ascii") + b"\0"
    return number


def read_trie(data: bytes) -> dict[str, tuple[Value, ...]]:
    """Return the keys of an index file in their order, with their values in the order of the file.

    Raises CorruptIndex, also for a version that kmod would refuse.
    """
    if len(data) < 12:
        raise CorruptIndex("A binary kernel module index is too short to be one.")
    magic, version, root = struct.unpack_from(">III", data)
    if magic != _MAGIC or version >> 16 != _VERSION >> 16:
        raise CorruptIndex("A binary kernel module index has an unknown magic number or version.")
    found: dict[str, tuple[Value, ...]] = {}
    seen: set[int] = set()
    # Every node is read once, so that a loop or shared subtree cannot make this endless.
    pending = [(root, b"")]
    try:
        while pending:
            number, key = pending.pop()
            if number & _OFFSET in seen or len(key) > _LONGEST_KEY:
                raise CorruptIndex("A binary kernel module index has a loop in it.")
            seen.add(number & _OFFSET)
            key, values, children = _read_node(data, number, key)
            if values:
                found[key.decode("ascii")] = values
            pending += children[::-1]
    except (struct.error, ValueError) as problem:
        raise CorruptIndex("A binary kernel module index is damaged.") from problem
    return found


def _read_node(data: bytes, number: int, key: bytes) -> tuple[bytes, tuple[Value, ...], list[tuple[int, bytes]]]:
    """Return the full key at a node, its values, and its children's numbers with the keys that lead to them."""
    at = number & _OFFSET
    children: list[tuple[int, bytes]] = []
    values: list[Value] = []
    if number & _PREFIX:
        end = data.index(0, at)
        key += data[at:end]
        at = end + 1
    if number & _CHILDREN:
        first, last = struct.unpack_from(">BB", data, at)
        count = max(last - first + 1, 0)
        numbers = struct.unpack_from(f">{count}I", data, at + 2)
        children = [(child, key + bytes((first + step,))) for step, child in enumerate(numbers) if child]
        at += 2 + 4 * count
    if number & _VALUES:
        (count,) = struct.unpack_from(">I", data, at)
        at += 4
        for _ in range(count):
            (priority,) = struct.unpack_from(">I", data, at)
            end = data.index(0, at + 4)
            values.append((priority, data[at + 4 : end].decode("ascii")))
            at = end + 1
    return key, tuple(values), children
