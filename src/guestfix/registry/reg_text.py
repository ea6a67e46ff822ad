r"""Registry keys and values as text, in the syntax of .reg files (Windows Registry Editor Version 5.00).

Regedit writes EXPAND_SZ and MULTI_SZ as rows of hex bytes, which nobody can review. Here they are `str(2):"..."`,
as hivexregedit has it, and `str(7):"one","two"`, unless their bytes are not what this text stands for (no NUL at
the end, control characters): then they are hex. Reading takes both. In a diff `-` and `+` stand before each line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from guestfix.errors import UsageError
from guestfix.registry.draft import Draft
from guestfix.registry.names import folded
from guestfix.registry.operations import CreateKey, DeleteKey, Operation, SetValue, Stored
from guestfix.registry.values import Value, ValueType, dword, multi_sz, qword, sz, value_type

HEADING: Final = "Windows Registry Editor Version 5.00"
MACHINE: Final = "HKEY_LOCAL_MACHINE"

Mark = Literal["-", "+", " "]


class RegTextInvalid(UsageError):
    """Text that should be registry keys and values is none."""

    code = "GF-HIVE-TEXT"


def value_line(name: str, number: int, data: bytes) -> str:
    """Return the line of one value."""
    return f"{'@' if not name else _quoted(name)}={_data(value_type(number), data)}"


def tree_lines(key: Draft) -> Iterator[str]:
    """Yield the lines of `key` and all below it, each key under its path from the root."""
    for below in key.walk():
        yield f"[{below.path}]"
        for value in below.values.values():
            yield value_line(value.name, value.type, value.data)


def diff_lines(operations: Iterable[Operation], root: str = "") -> Iterator[tuple[Mark, str]]:
    """Yield the lines that show `operations`; `root` is the name that Windows gives the root of the hive."""
    prefix = f"{root}\\" if root else ""
    heading = ""
    for operation in operations:
        match operation:
            case CreateKey(key=key):
                heading = ""
                yield "+", f"[{prefix}{key}]"
                continue
            case DeleteKey(was=was):
                heading = ""
                for line in was:
                    yield "-", f"[{prefix}{line[1:]}" if line.startswith("[") else line
                continue
        if operation.key != heading or not heading:
            heading = operation.key
            yield " ", f"[{prefix}{heading}]"
        if operation.was is not None:
            yield "-", value_line(operation.name, operation.was.type, operation.was.data)
        if isinstance(operation, SetValue):
            yield "+", value_line(operation.name, operation.type, operation.data)


def stored(value: Value) -> Stored:
    """Return a value as operations hold it."""
    return Stored(type=int(value.type), data=value.data)


def parse(text: str) -> Draft:
    r"""Return the tree that a .reg file holds, with key security of its own.

    Names of roots (`HKEY_LOCAL_MACHINE\SYSTEM`) are left out, so that a key is below the root of its hive. Raises
    RegTextInvalid.
    """
    root = Draft("ROOT")
    key: Draft | None = None
    for number, line in _joined(text):
        if not line or line.startswith(";") or line == HEADING or line == "REGEDIT4":
            continue
        if line.startswith("[") and line.endswith("]"):
            key = root.create(_below_root(line[1:-1]))
        elif key is None:
            raise RegTextInvalid(f"line {number}: a value before the first [key]")
        else:
            value = _value(line, number)
            key.values[folded(value.name)] = value
    return root


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines with their numbers; one that ends in a backslash goes on in the next."""
    begun, first = "", 0
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        first = first or number
        if line.endswith("\\") and not line.startswith(";") and "hex" in begun + line:
            begun += line[:-1]
            continue
        yield first, begun + line
        begun, first = "", 0
    if begun:
        yield first, begun


def _below_root(path: str) -> str:
    parts = path.lstrip("\\").split("\\")
    if folded(parts[0]) == MACHINE:
        parts = parts[2:]
    return "\\".join(parts)


def _value(line: str, number: int) -> Value:
    if line.startswith("@"):
        name, rest = "", line[1:]
    else:
        name, rest = _unquoted(line, number)
    if not rest.startswith("="):
        raise RegTextInvalid(f"line {number}: no `=` after the value's name")
    kind, data = _parsed(rest[1:].strip(), number)
    return Value(name, value_type(kind), data)


def _parsed(said: str, number: int) -> tuple[int, bytes]:
    if said.startswith('"'):
        return ValueType.SZ, sz(_only(said, number))
    what, colon, rest = said.partition(":")
    try:
        if what == "dword":
            return ValueType.DWORD, dword(int(rest, 16))
        if what == "qword":
            return ValueType.QWORD, qword(int(rest, 16))
        if what == "hex":
            return ValueType.BINARY, bytes.fromhex(rest.replace(",", " "))
        kind = int(what[4:-1], 16)
        if what.startswith("hex(") and colon:
            return kind, bytes.fromhex(rest.replace(",", " "))
        if what.startswith("str(") and kind != ValueType.MULTI_SZ:
            return kind, sz(_only(rest, number))
        if what.startswith("str("):
            return kind, multi_sz(tuple(_texts(rest, number)))
    except (ValueError, OverflowError):
        pass
    raise RegTextInvalid(f"line {number}: this is no value of a .reg file: {said[:40]}")


def _only(said: str, number: int) -> str:
    text, rest = _unquoted(said, number)
    if rest:
        raise RegTextInvalid(f"line {number}: text after the closing quote")
    return text


def _texts(said: str, number: int) -> Iterator[str]:
    while said:
        text, said = _unquoted(said, number)
        yield text
        if said and not said.startswith(","):
            raise RegTextInvalid(f"line {number}: no comma between two texts")
        said = said[1:]


def _unquoted(said: str, number: int) -> tuple[str, str]:
    """Return the text in quotes that `said` begins with, and what follows; a lone backslash stands for itself."""
    if not said.startswith('"'):
        raise RegTextInvalid(f"line {number}: no opening quote")
    out: list[str] = []
    place = 1
    while place < len(said):
        char = said[place]
        if char == '"':
            return "".join(out), said[place + 1 :]
        if char == "\\" and said[place + 1 : place + 2] in {"\\", '"'}:
            place += 1
            char = said[place]
        out.append(char)
        place += 1
    raise RegTextInvalid(f"line {number}: no closing quote")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _data(number: int, data: bytes) -> str:
    value = Value("", number, data)
    if number == ValueType.DWORD and len(data) == 4:
        return f"dword:{value.number:08x}"
    if number == ValueType.QWORD and len(data) == 8:
        return f"qword:{value.number:016x}"
    text, strings = value.text, value.strings
    if text is not None and data == sz(text) and _plain(text):
        return _quoted(text) if number == ValueType.SZ else f"str({number:x}):{_quoted(text)}"
    if strings is not None and data == multi_sz(strings) and all(map(_plain, strings)) and "" not in strings:
        return f"str(7):{','.join(map(_quoted, strings))}"
    said = "hex" if number == ValueType.BINARY else f"hex({number:x})"
    return f"{said}:{data.hex(',')}"


def _plain(text: str) -> bool:
    return all(unicodedata.category(char)[0] != "C" for char in text)
