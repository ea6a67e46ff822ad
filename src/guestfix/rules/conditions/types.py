"""Types of the condition language, read from the models that conditions speak of."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from enum import Enum, StrEnum
from functools import cache
from inspect import getattr_static
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from guestfix.facts.model import Unknown


class Kind(StrEnum):
    """What a value is."""

    TEXT = "text"
    INTEGER = "an integer"
    BOOLEAN = "true or false"
    NULL = "null"
    LIST = "a list"
    MAP = "a mapping"
    RECORD = "a record"
    ANYTHING = "anything"


@dataclasses.dataclass(frozen=True, slots=True)
class Type:
    """A kind, with what it is made of: items of a list or mapping, the model of a record, the words of an enum.

    `fields` names the parts of a record that has no model.
    """

    kind: Kind
    item: Type | None = None
    model: type[Any] | None = None
    words: tuple[str, ...] = ()
    fields: tuple[tuple[str, Type], ...] = ()

    def parts(self) -> Mapping[str, Type]:
        """Return the names and types of a record's parts; nothing for any other kind."""
        return _parts(self)

    def __str__(self) -> str:
        if self.kind is Kind.RECORD and self.model is not None:
            return f"{'an' if self.model.__name__[0] in 'AEIOU' else 'a'} {self.model.__name__}"
        if self.kind in {Kind.LIST, Kind.MAP} and self.item is not None:
            return f"{self.kind.value} of {str(self.item).removeprefix('an ').removeprefix('a ')}"
        return self.kind.value

    def fits(self, other: Type) -> bool:
        """Say whether the two can be compared, or one stand where the other is wanted."""
        if Kind.ANYTHING in {self.kind, other.kind} or Kind.NULL in {self.kind, other.kind}:
            return True
        if self.kind is not other.kind:
            return False
        if self.item is None or other.item is None:
            return True
        return self.item.fits(other.item)


TEXT = Type(Kind.TEXT)
INTEGER = Type(Kind.INTEGER)
BOOLEAN = Type(Kind.BOOLEAN)
NULL = Type(Kind.NULL)
ANYTHING = Type(Kind.ANYTHING)
SIMPLE = (Kind.TEXT, Kind.INTEGER, Kind.BOOLEAN)


def list_of(item: Type | None) -> Type:
    """Return the type of a list."""
    return Type(Kind.LIST, item=item)


def type_of(annotation: object) -> Type | None:
    """Return the condition type of a Python annotation; None: conditions cannot speak of it (bytes, floats ...).

    Unknown and None add nothing to a type: every value may be unknown, and null is a value of every type.
    """
    origin = get_origin(annotation)
    if origin is Annotated:
        return type_of(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return _of_union([part for part in get_args(annotation) if part not in (Unknown, type(None))])
    if origin is Literal:
        return _of_words(get_args(annotation))
    if origin in (tuple, list, frozenset, set, Sequence):
        return _of_list(get_args(annotation))
    if origin in (dict, Mapping):
        item = type_of(get_args(annotation)[1])
        return Type(Kind.MAP, item=item) if item else None
    return _of_class(annotation) if isinstance(annotation, type) else None


def _of_union(parts: list[object]) -> Type | None:
    types = {type_of(part) for part in parts}
    return types.pop() if len(types) == 1 else None


def _of_words(words: tuple[object, ...]) -> Type | None:
    texts = tuple(word for word in words if isinstance(word, str))
    if len(texts) == len(words):
        return Type(Kind.TEXT, words=texts)
    return INTEGER if all(type(word) is int for word in words) else None


def _of_list(arguments: tuple[object, ...]) -> Type | None:
    kinds = {type_of(part) for part in arguments if part is not Ellipsis}
    item = kinds.pop() if len(kinds) == 1 else None
    return list_of(item) if item else None


def _of_class(cls: type[Any]) -> Type | None:
    if issubclass(cls, Enum):
        return _of_words(tuple(member.value for member in cls))
    simple = {bool: BOOLEAN, int: INTEGER, str: TEXT}.get(cls)
    if simple is not None:
        return simple
    if issubclass(cls, BaseModel) or dataclasses.is_dataclass(cls):
        return Type(Kind.RECORD, model=cls)
    return None


def fields_of(model: type[Any]) -> Mapping[str, Type]:
    """Return the names that conditions may use of a record: public fields and properties, with their types."""
    return _parts(Type(Kind.RECORD, model=model))


@cache
def _parts(record: Type) -> Mapping[str, Type]:
    model = record.model
    if model is None:
        return dict(record.fields)
    hints = get_type_hints(model, include_extras=True)
    if issubclass(model, BaseModel):
        annotations: dict[str, object] = {name: hints[name] for name in model.model_fields}
    else:
        annotations = {entry.name: hints[entry.name] for entry in dataclasses.fields(model)}
    for name in dir(model):
        member = getattr_static(model, name)
        if isinstance(member, property) and member.fget is not None and not hasattr(BaseModel, name):
            annotations[name] = get_type_hints(member.fget).get("return")
    found = {name: type_of(annotation) for name, annotation in annotations.items() if not name.startswith("_")}
    return {name: kind for name, kind in found.items() if kind is not None}
