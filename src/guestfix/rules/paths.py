"""Paths with patterns, looked up inside a guest."""

from __future__ import annotations

import fnmatch
import re
from typing import Final

from guestfix.guest.protocol import GuestReader
from guestfix.rules.errors import TooManyMatches
from guestfix.untrusted import shown

MATCH_LIMIT: Final = 1000
"""Files that one pattern may match."""


def is_pattern(path: str) -> bool:
    """Say whether `path` has a `*`, `?` or `[...]`."""
    return re.search(r"[*?]|\[[^/]*\]", path) is not None


def matching(guest: GuestReader, pattern: str) -> list[str]:
    """Return the existing paths that `pattern` matches, sorted; as in a shell, `*` passes over hidden names.

    Raises TooManyMatches.
    """
    found = [""]
    for part in (part for part in pattern.split("/") if part):
        if not is_pattern(part):
            found = [f"{path}/{part}" for path in found]
            continue
        wanted = re.compile(fnmatch.translate(part))
        found = [
            f"{path}/{name}"
            for path in found
            for name in guest.names(path or "/")
            if wanted.match(name) and (part.startswith(".") or not name.startswith("."))
        ]
        if len(found) > MATCH_LIMIT:
            raise TooManyMatches(
                f"{shown(pattern)} matches more than {MATCH_LIMIT} files",
                hint="remove from that folder of the guest what does not belong there; in a rule of yours, write "
                "a narrower pattern",
            )
    return sorted(path for path in found if guest.status(path) is not None)
