"""`set_value`: give a registry value a type and data."""

from __future__ import annotations

import binascii
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from guestfix.actions.hive import ValueParams, keys, paths_to_make, said, seen, why_none
from guestfix.changes import Note
from guestfix.registry.document import HiveDocument
from guestfix.registry.draft import Draft
from guestfix.registry.values import ValueType, dword, multi_sz, qword, sz
from guestfix.rules.action import Edited, Scope, Step
from guestfix.untrusted import shown


def _hex(text: str) -> str:
    try:
        binascii.unhexlify(text.replace(" ", ""))
    except binascii.Error as error:
        raise ValueError(f"not pairs of hex digits: {error}") from None
    return text


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("a text in the registry ends at its first NUL")
    return text


Text = Annotated[str, AfterValidator(_no_nul)]


class SetValue(ValueParams):
    """Which value, and what it becomes: exactly one of `dword`, `qword`, `text`, `expand`, `strings`, `binary`."""

    dword: int | None = Field(default=None, ge=0, lt=2**32, description="A number of 32 bits")
    qword: int | None = Field(default=None, ge=0, lt=2**64, description="A number of 64 bits")
    text: Text | None = Field(default=None, description="A text (REG_SZ)")
    expand: Text | None = Field(default=None, description="A text with %NAMES% in it (REG_EXPAND_SZ)")
    strings: tuple[Text, ...] | None = Field(default=None, description="A list of texts (REG_MULTI_SZ)")
    binary: Annotated[str, AfterValidator(_hex)] | None = Field(default=None, description="Bytes, in hex")
    create: bool = Field(
        default=False, description="Make the key where it is missing; otherwise only keys that exist are edited"
    )

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        given = (self.dword, self.qword, self.text, self.expand, self.strings, self.binary)
        if sum(value is not None for value in given) != 1:
            raise ValueError("a value is one of dword, qword, text, expand, strings and binary")
        return self

    def stored(self) -> tuple[ValueType, bytes]:
        """Return type and bytes."""
        if self.dword is not None:
            return ValueType.DWORD, dword(self.dword)
        if self.qword is not None:
            return ValueType.QWORD, qword(self.qword)
        if self.text is not None:
            return ValueType.SZ, sz(self.text)
        if self.expand is not None:
            return ValueType.EXPAND_SZ, sz(self.expand)
        if self.strings is not None:
            return ValueType.MULTI_SZ, multi_sz(self.strings)
        return ValueType.BINARY, binascii.unhexlify((self.binary or "").replace(" ", ""))


def run(document: HiveDocument, params: SetValue, scope: Scope, path: str) -> Edited[HiveDocument]:
    """Return the hive with the value set wherever it is wanted, and one note for each."""
    number, data = params.stored()
    hive, notes, right = document, [], 0
    for where in _places(document, params):
        key = document.key(where) or Draft("", path=where)
        if params.where.holds(scope, seen(key, params.name)) is not True:
            continue
        after = hive.set_value(where, params.name, number, data)
        if after == hive:
            right += 1
            continue
        becomes = said(after.value(where, params.name))
        notes.append(
            Note(
                text=f"{shown(where)}: {shown(params.name) or 'the default value'} was "
                f"{said(key.value(params.name))}, becomes {becomes}: {params.because}"
            )
        )
        hive = after
    if right:
        return Edited(hive, tuple(notes), why_not=f"{params.key} says so already: {params.name}")
    return Edited(hive, tuple(notes), why_not=why_none(document, params))


def _places(document: HiveDocument, params: SetValue) -> list[str]:
    if params.create:
        return list(paths_to_make(document, params.key))
    return [key.path for key in keys(document, params.key)]


ACTION = Step(summary="Give a value a type and data", params=SetValue, run=run)
