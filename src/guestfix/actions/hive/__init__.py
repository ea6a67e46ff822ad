r"""Registry hives as rules see them: the format, which keys a path names, and what `where:` may ask about a value.

A key's path begins below the root of its hive. `*` stands for any characters within one name, so
`ControlSet*\Services\disk` is that service in every control set; what it stands for has to exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import AfterValidator, Field

from guestfix.facts.model import Model
from guestfix.registry.control_sets import PREFIX, is_control_set
from guestfix.registry.document import HiveDocument
from guestfix.registry.draft import Draft
from guestfix.registry.names import folded, joined, sayable, split_path
from guestfix.registry.values import Value
from guestfix.rules.action import HiveFormat, Params, Scope
from guestfix.rules.conditions.condition import ALWAYS, Condition, Over
from guestfix.untrusted import shown

FORMAT = HiveFormat(summary="A Windows registry hive: SYSTEM, SOFTWARE, a BCD. Its file is found in any case")


def _key_path(path: str) -> str:
    if path != joined(*split_path(path)):
        raise ValueError(r"a key's path is names with one `\` between them, from below the root of the hive")
    return path


KeyPath = Annotated[str, AfterValidator(_key_path)]


class ValueSeen(Model):
    """What `where:` can ask about a value, and about its key."""

    key: str = Field(description="Path of the key")
    exists: bool = Field(description="Whether the key has the value")
    number: int | None = Field(description="What a DWORD or QWORD holds")
    text: str | None = Field(description="What an SZ or EXPAND_SZ holds")
    strings: tuple[str, ...] = Field(description="What a MULTI_SZ holds")
    values: tuple[str, ...] = Field(description="Names of all values of the key")
    subkeys: tuple[str, ...] = Field(description="Names of the keys right below the key")


Where = Annotated[Condition, Over(ValueSeen)]


class KeyParams(Params):
    """Which keys, and why."""

    key: KeyPath = Field(description=r"Path below the root of the hive; `ControlSet*\...` is in every control set")
    because: str = Field(min_length=1, description="Why, for the plan")


class ValueParams(KeyParams):
    """Which values of which keys."""

    name: str = Field(default="", description="Name of the value; the key's default value if it is left out")
    where: Where = Field(default=ALWAYS, description="Only where this holds for the value")


def seen(key: Draft, name: str) -> ValueSeen:
    """Return what `where:` sees of the value `name` of `key`."""
    value = key.value(name)
    return ValueSeen(
        key=sayable(key.path),
        exists=value is not None,
        number=value.number if value else None,
        text=None if value is None or value.text is None else sayable(value.text),
        strings=tuple(map(sayable, (value.strings if value else None) or ())),
        values=tuple(sayable(each.name) for each in key.values.values()),
        subkeys=tuple(sayable(child.name) for child in key.children.values()),
    )


def keys(document: HiveDocument, path: str) -> list[Draft]:
    """Return the keys that exist and that `path` names, in the order of the hive."""
    found = [document.root]
    for number, part in enumerate(split_path(path)):
        found = [child for key in found for child in _matching(key, part, at_root=number == 0)]
    return found


def paths_to_make(document: HiveDocument, path: str) -> Iterator[str]:
    """Yield the paths that `path` names, whether the part after its last `*` exists or not."""
    parts = split_path(path)
    stars = [number for number, part in enumerate(parts) if "*" in part]
    fixed = stars[-1] + 1 if stars else 0
    for key in keys(document, joined(*parts[:fixed])):
        yield joined(key.path, *parts[fixed:])


def chosen(document: HiveDocument, params: ValueParams, scope: Scope) -> list[Draft]:
    """Return the keys that `params` name and whose value its condition holds for."""
    return [key for key in keys(document, params.key) if params.where.holds(scope, seen(key, params.name)) is True]


def why_none(document: HiveDocument, params: ValueParams) -> str:
    """Say why `chosen` is empty."""
    name = shown(params.name) if params.name else "the default value"
    if not keys(document, params.key):
        return f"there is no key {params.key}"
    return f"{params.key} has no {name} that is to be changed"


def said(value: Value | None) -> str:
    """Return what a value holds, for a note."""
    if value is None:
        return "not set"
    meaning = value.meaning
    if isinstance(meaning, bytes):
        return f"{len(meaning)} bytes"
    return shown(", ".join(meaning) if isinstance(meaning, tuple) else str(meaning))


def _matching(key: Draft, part: str, *, at_root: bool) -> list[Draft]:
    if "*" not in part:
        child = key.children.get(folded(part))
        return [child] if child else []
    if at_root and folded(part) == folded(f"{PREFIX}*"):
        return [child for child in key.children.values() if is_control_set(child.name)]
    # Only the star is special: brackets and question marks may stand in a key's name.
    pattern = "*".join(
        "".join(f"[{char}]" if char in "?[" else char for char in text) for text in folded(part).split("*")
    )
    return [child for name, child in key.children.items() if fnmatchcase(name, pattern)]
