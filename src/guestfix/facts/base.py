"""What every model of facts is built of: the base class, and *unknown* as a value that has a reason."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """Base of all models that travel between layers."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")


class Unknown(Model):
    """A fact that could not be established, and why."""

    unknown: str = Field(description="Why this could not be established")


Text = str | Unknown
Flag = bool | Unknown
Number = int | Unknown
