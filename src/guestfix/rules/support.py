"""Which systems a platform names as working there: data in `rules/support/*.yaml`, one file for a source of lists.

*Not listed* is no verdict on a guest: facts decide whether it should work. *Refused* is one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final, Literal

from pydantic import Field, field_validator

from guestfix.facts.model import Model, OperatingSystem, Unknown

_VERSION: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){0,4}")
_RANGE: Final = " to "


class Standing(StrEnum):
    """How a system stands on a target's lists."""

    LISTED = "listed"
    OTHER_VERSION = "another version is listed"
    OTHER_ARCHITECTURE = "listed for another architecture"
    REFUSED = "refused"
    NOT_LISTED = "not listed"
    NO_LIST = "the target has no list"


class Listed(Model):
    """One line of a list: a system in some versions."""

    system: str = Field(description="ID of os-release, or `windows`")
    versions: tuple[str, ...] = Field(
        default=(), description="`12.04`, or a range `7.0 to 7.6`; a guest that says only 7 is within; none: all"
    )
    names: tuple[str, ...] = Field(
        default=(), description="Patterns of the system's name for people, one must fit"
    )
    architectures: tuple[str, ...] = Field(default=("x86_64",), description="As uname -m prints them; none: all")
    status: Literal["supported", "refused"] = "supported"
    kernels: str = Field(default="", description="What the list says of kernels")
    since: str = Field(default="", description="Year of the list that has it first, as far as we know")
    until: str = Field(default="", description="Year since when the list has it no more")
    note: str = ""

    @field_validator("versions")
    @classmethod
    def _are_versions(cls, versions: tuple[str, ...]) -> tuple[str, ...]:
        for version in versions:
            if not all(_VERSION.fullmatch(end) for end in version.split(_RANGE)):
                raise ValueError(f"{version} is neither a version nor a range such as 7.0 to 7.6")
        return versions


class SupportList(Model):
    """A list of systems that a platform's owner published."""

    id: str = Field(description="The file's name without .yaml")
    title: str = Field(description="What the list is called in a sentence: VM Import/Export")
    summary: str
    targets: tuple[str, ...] = Field(min_length=1, description="Ids or patterns of the targets it speaks of")
    source: tuple[str, ...] = Field(min_length=1, description="Where it is written down")
    systems: tuple[Listed, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The standing of one system, and the line that says so."""

    standing: Standing
    line: Listed | None = None
    title: str = ""


def standing(lists: Sequence[SupportList], system: OperatingSystem) -> Found | Unknown:
    """Return how `system` stands on these lists; Unknown if what has to be known of it is not."""
    if not lists:
        return Found(Standing.NO_LIST)
    for value in (system.distribution, system.version):
        if isinstance(value, Unknown):
            return value
    best = Found(Standing.NOT_LISTED)
    for each in lists:
        for line in each.systems:
            if line.system not in (system.distribution, "*"):
                continue
            found = Found(_standing_on(line, system), line, each.title)
            if found.standing is Standing.REFUSED:
                return found
            if _ORDER.index(found.standing) < _ORDER.index(best.standing):
                best = found
    return best


_ORDER: Final = (Standing.LISTED, Standing.OTHER_ARCHITECTURE, Standing.OTHER_VERSION, Standing.NOT_LISTED)


def _standing_on(line: Listed, system: OperatingSystem) -> Standing:
    version, name, architecture = system.version, system.name, system.architecture
    fits = (not line.versions or any(_within(str(version), each) for each in line.versions)) and (
        not line.names or any(fnmatchcase(str(name), pattern) for pattern in line.names)
    )
    # What is not known of the architecture contradicts no list.
    same = not line.architectures or isinstance(architecture, Unknown) or architecture in line.architectures
    if line.status == "refused":
        return Standing.REFUSED if fits and same and not isinstance(architecture, Unknown) else Standing.NOT_LISTED
    if not fits:
        return Standing.OTHER_VERSION
    return Standing.LISTED if same else Standing.OTHER_ARCHITECTURE


def _within(version: str, wanted: str) -> bool:
    found = _VERSION.match(version)
    if found is None:
        return False
    numbers = _numbers(found[0])
    low, _, high = wanted.partition(_RANGE)
    least, most = _numbers(low), _numbers(high or low)
    # Where the guest says less than the list (CentOS: 7), what it says has to be within.
    return least[: len(numbers)] <= numbers[: len(least)] and numbers[: len(most)] <= most[: len(numbers)]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def lists_for(lists: Sequence[SupportList], target: str) -> tuple[SupportList, ...]:
    """Return the lists that speak of a target."""
    return tuple(each for each in lists if any(fnmatchcase(target, pattern) for pattern in each.targets))
