"""`set_boot_element`: set a number or a truth value of the objects of one kind in a boot configuration store."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from guestfix.actions.hive import keys
from guestfix.changes import Note
from guestfix.registry.bcd import kind_of
from guestfix.registry.document import HiveDocument
from guestfix.registry.values import ValueType
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown


class SetBootElement(Params):
    """Which element of which objects, and its value: one of `integer`, `at_most` and `boolean`."""

    of: str = Field(description="Kind of object: boot manager, windows loader, resume, memory test, other")
    element: str = Field(pattern="^[0-9a-f]{8}$", description="The element's number, 8 hex digits")
    integer: int | None = Field(default=None, ge=0, description="A number")
    at_most: int | None = Field(
        default=None, ge=0, description="The largest number it may be; a smaller one stays"
    )
    boolean: bool | None = Field(default=None, description="A truth value")
    if_set: bool = Field(default=False, description="Only where the element is there already")
    because: str = Field(min_length=1, description="Why, for the plan")

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        given = self.model_fields_set & {"integer", "at_most", "boolean"}
        if len(given) != 1:
            raise ValueError("it is one of integer, at_most and boolean")
        return self

    def data(self) -> bytes:
        """Return the bytes: 8 for a number, one for a truth value, as real stores have them."""
        if self.boolean is not None:
            return bytes([self.boolean])
        number = self.integer if self.integer is not None else self.at_most
        return (number or 0).to_bytes(8, "little")


def run(document: HiveDocument, params: SetBootElement, scope: Scope, path: str) -> Edited[HiveDocument]:
    """Return the store with the element set, and one note for each object."""
    hive, notes = document, []
    for found in keys(document, r"Objects\*"):
        description = found.key("Description")
        kind = description.value("Type") if description else None
        if kind_of((kind.number if kind else None) or 0) != params.of:
            continue
        where = f"{found.path}\\Elements\\{params.element}"
        now = document.value(where, "Element")
        if now is None and params.if_set:
            continue
        if params.at_most is not None and now and int.from_bytes(now.data[:8], "little") <= params.at_most:
            continue
        after = hive.set_value(where, "Element", ValueType.BINARY, params.data())
        if after != hive:
            notes.append(Note(text=f"{shown(found.name)} gets element {params.element}: {params.because}"))
        hive = after
    return Edited(hive, tuple(notes), why_not=f"every {params.of} says so already, or there is none")


ACTION = Step(summary="Set an element of a boot configuration store", params=SetBootElement, run=run)
