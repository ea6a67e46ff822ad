"""In which order GRUB lists the entries of /boot/loader/entries: newest first, by rpm's idea of newer.

As in grub-core/commands/blscfg.c of RHEL 8 and later and Fedora 30 and later: the file name without `.conf` is
taken apart at its last two `-` into name, version and release, each compared like rpmvercmp.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cmp_to_key

_SEGMENT = re.compile("[0-9]+|[A-Za-z]+|~")


def newest_first(ids: Iterable[str]) -> list[str]:
    """Return entry ids (file names without `.conf`) in the order of GRUB's menu."""
    return sorted(ids, key=cmp_to_key(compare_ids), reverse=True)


def compare_ids(one: str, two: str) -> int:
    """Return 1 if the entry `one` is newer than `two` and stands before it, -1 if it is older, or 0."""
    for left, right in zip(_parts(one), _parts(two), strict=True):
        if result := compare_versions(left, right):
            return result
    return 0


def compare_versions(one: str, two: str) -> int:
    """Return 1, 0 or -1 as rpmvercmp does: numbers beat letters, `~` comes before everything, longer is newer."""
    left, right = _SEGMENT.findall(one), _SEGMENT.findall(two)
    for at in range(max(len(left), len(right))):
        mine = left[at] if at < len(left) else ""
        other = right[at] if at < len(right) else ""
        if mine == other:
            continue
        if "~" in (mine, other):
            return -1 if mine == "~" else 1
        if not mine or not other:
            return 1 if mine else -1
        if mine.isdigit() != other.isdigit():
            return 1 if mine.isdigit() else -1
        if result := _compare_segments(mine, other):
            return result
    return 0


def _compare_segments(mine: str, other: str) -> int:
    if mine.isdigit():
        mine, other = mine.lstrip("0"), other.lstrip("0")
        if len(mine) != len(other):
            return 1 if len(mine) > len(other) else -1
    return (mine > other) - (mine < other)


def _parts(entry_id: str) -> tuple[str, str, str]:
    """Return name, version and release; what is absent moves up, as GRUB bubbles it up."""
    pieces = entry_id.rsplit("-", 2)
    name, version, release = [*pieces, "", ""][:3]
    return name, version, release
