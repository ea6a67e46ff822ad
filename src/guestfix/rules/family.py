"""How distributions name themselves where they have no os-release(5): data in `rules/families/*.yaml`."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from guestfix.facts.base import Model


class ReleaseFile(Model):
    """A file of the time before os-release (2012)."""

    path: str = Field(pattern="^/")
    holds: Literal["name and version", "version"] = Field(
        description="The first line is `CentOS release 6.10 (Final)`, or `6.0.10` alone"
    )
    id: str = Field(default="", description="The distribution, where the file holds its version alone")
    name: str = Field(default="", description="Its name for people, which the version follows")

    @model_validator(mode="after")
    def _names_what_the_file_does_not(self) -> Self:
        if (self.holds == "version") != bool(self.id and self.name):
            raise ValueError("a file that holds a version alone needs `id` and `name`, and no other does")
        return self


class Distribution(Model):
    """How the first line of a release file, or DISTRIB_ID of lsb-release, begins."""

    begins: str = Field(min_length=1, pattern="^[^A-Z]+$", description="In small letters")
    id: str = Field(min_length=1, description="ID of the same vendor's os-release today")
    like: tuple[str, ...] = Field(default=(), description="ID_LIKE of it")


class Family(Model):
    """Distributions that keep their names in the same files."""

    id: str
    summary: str = Field(min_length=1)
    source: tuple[str, ...] = Field(min_length=1, description="Where this is known from")
    release_files: tuple[ReleaseFile, ...] = Field(
        default=(), description="The first that a guest has says what it is, family by family in the order of ids"
    )
    distributions: tuple[Distribution, ...] = Field(default=(), description="The first that fits counts")
