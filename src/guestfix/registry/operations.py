"""Edits of a hive as values: what happens to which key, and what was there before.

They are applied in their order. Keys are paths below the root of the hive; a key that a value is set in and that
is missing is made, as `reg import` makes it. `was` is for people and for whoever checks what will be lost.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from guestfix.facts.model import Model


class Stored(Model):
    """A value's type and bytes."""

    type: int
    data: bytes


class SetValue(Model):
    """A value is made, or gets another type or data. An empty name is the key's default value."""

    kind: Literal["set value"] = "set value"
    key: str
    name: str
    type: int
    data: bytes
    was: Stored | None = Field(description="Null: there was no such value")


class DeleteValue(Model):
    """A value goes."""

    kind: Literal["delete value"] = "delete value"
    key: str
    name: str
    was: Stored


class CreateKey(Model):
    """A key is made, with those above it that are missing."""

    kind: Literal["create key"] = "create key"
    key: str


class DeleteKey(Model):
    """A key goes, with all that is below it."""

    kind: Literal["delete key"] = "delete key"
    key: str
    was: tuple[str, ...] = Field(description="What is lost, as lines of a .reg file, cut to a bearable number")


Operation = Annotated[SetValue | DeleteValue | CreateKey | DeleteKey, Field(discriminator="kind")]
