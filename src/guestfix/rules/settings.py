"""Settings: the names that a site may change without touching a rule, with `--set name=value`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field

from guestfix.facts.model import Model
from guestfix.rules.conditions.types import BOOLEAN, INTEGER, TEXT, Kind, Type, list_of
from guestfix.rules.errors import SettingInvalid, did_you_mean
from guestfix.untrusted import shown

NAME: Final = re.compile(r"[a-z][a-z0-9_]*")

SettingValue = bool | int | str | tuple[str, ...]

_TYPES: Final[Mapping[str, Type]] = {
    "text": TEXT,
    "integer": INTEGER,
    "boolean": BOOLEAN,
    "list": list_of(TEXT),
}


class Setting(Model):
    """One setting that a rule declares."""

    summary: str = Field(min_length=1, description="What it is, for people")
    type: Literal["text", "integer", "boolean", "list"] = Field(
        default="text", description="list: of text; on the command line separated by commas"
    )
    choices: tuple[str, ...] = Field(default=(), description="The words that a text may be")
    minimum: int | None = Field(default=None, description="Smallest integer")
    maximum: int | None = Field(default=None, description="Largest integer")
    default: SettingValue

    @property
    def kind(self) -> Type:
        """The type that conditions see."""
        return Type(Kind.TEXT, words=self.choices) if self.choices else _TYPES[self.type]

    def mistake(self, value: object) -> str:
        """Say why `value` is none that this setting can have, or nothing."""
        wanted = {"text": str, "integer": int, "boolean": bool, "list": tuple}[self.type]
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            return f"it is {_TYPES[self.type]}"
        if self.choices and value not in self.choices:
            return f"it is one of {', '.join(self.choices)}{did_you_mean(str(value), self.choices)}"
        if isinstance(value, int) and self.minimum is not None and value < self.minimum:
            return f"it is at least {self.minimum}"
        if isinstance(value, int) and self.maximum is not None and value > self.maximum:
            return f"it is at most {self.maximum}"
        return ""

    def definition_mistake(self) -> str:
        """Say what is contradictory in the declaration itself, or nothing."""
        if self.choices and self.type != "text":
            return "only a text has `choices`"
        if self.type != "integer" and (self.minimum is not None or self.maximum is not None):
            return "only an integer has `minimum` and `maximum`"
        mistake = self.mistake(self.default)
        return f"the default does not fit: {mistake}" if mistake else ""

    def read(self, text: str) -> SettingValue | None:
        """Return what `text` from a command line says, or None if it is no value of this type."""
        if self.type == "integer":
            return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None
        if self.type == "boolean":
            return {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}.get(
                text.lower()
            )
        if self.type == "list":
            return tuple(part.strip() for part in text.split(",") if part.strip())
        return text


def values_of(declared: Mapping[str, Setting], given: Mapping[str, object]) -> dict[str, SettingValue]:
    """Return the value of every declared setting; `given` holds what a site changes, as text or typed.

    Raises SettingInvalid for a name that is not declared and a value that does not fit.
    """
    values: dict[str, SettingValue] = {name: setting.default for name, setting in declared.items()}
    for name, said in given.items():
        if name not in declared:
            known = ", ".join(sorted(declared)) or "none"
            raise SettingInvalid(
                f"no rule has a setting {shown(name)}{did_you_mean(name, declared)}", hint=f"settings: {known}"
            )
        setting = declared[name]
        value = setting.read(said) if isinstance(said, str) else said
        value = tuple(value) if isinstance(value, list) else value
        if mistake := setting.mistake(value):
            raise SettingInvalid(
                f"{name} cannot be {shown(str(said))}: {mistake}", hint=f"{name}: {setting.summary}"
            )
        assert isinstance(value, bool | int | str | tuple)
        values[name] = value
    return values
