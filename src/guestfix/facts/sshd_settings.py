"""What sshd_config(5) says, included files and `Match` blocks among it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from guestfix.errors import Refused
from guestfix.facts.base import Unknown
from guestfix.facts.reading import first_file, parsed
from guestfix.formats import sshd_config
from guestfix.formats.sshd_config import Entry, SshdConfig
from guestfix.guest.protocol import GuestReader
from guestfix.rules.paths import matching

_CONFIG: Final = ("/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config")
"""The second is openSUSE's since 2021, where the first does not exist."""
_MOST_FILES: Final = 64
_DEEPEST: Final = 4


@dataclass(slots=True)
class Said:
    """What sshd_config(5) says outside of `Match`: the arguments of each keyword, in order; the first counts."""

    words: dict[str, list[tuple[str, ...]]] = field(default_factory=lambda: defaultdict(list))
    conditional: set[str] = field(default_factory=set)
    """Keywords that a `Match` block sets for some connections."""
    unreadable: Unknown | None = None
    files: list[str] = field(default_factory=list)
    """What was read, in order."""

    def first(self, keyword: str) -> str | None:
        """Return the first argument that counts, in lower case."""
        found = self.words.get(keyword)
        return found[0][0].lower() if found and found[0] else None

    def every(self, keyword: str) -> tuple[str, ...]:
        """Return the arguments of all lines with this keyword."""
        return tuple(word for line in self.words.get(keyword, ()) for word in line)


def sshd_settings(guest: GuestReader) -> tuple[str, Said]:
    """Return the main file, and all that it and the files that it includes say."""
    source = first_file(guest, _CONFIG) or _CONFIG[0]
    said = Said()
    _read(guest, source, said, in_match=False, depth=0)
    return source, said


def _read(guest: GuestReader, path: str, said: Said, *, in_match: bool, depth: int) -> None:
    said.files.append(path)
    document = parsed(guest, path, sshd_config.parse)
    if len(said.files) > _MOST_FILES or depth > _DEEPEST:
        said.unreadable = Unknown(unknown=f"{path}: too many files are included")
    elif isinstance(document, Unknown):
        said.unreadable = document
    elif isinstance(document, SshdConfig):
        for entry in document.entries:
            _take(guest, entry, said, in_match=in_match or entry.in_match, depth=depth)


def _take(guest: GuestReader, entry: Entry, said: Said, *, in_match: bool, depth: int) -> None:
    if entry.keyword == "include":
        for path in _included(guest, entry.arguments):
            _read(guest, path, said, in_match=in_match, depth=depth + 1)
    elif in_match:
        said.conditional.add(entry.keyword)
    else:
        said.words[entry.keyword].append(entry.arguments)


def _included(guest: GuestReader, patterns: Sequence[str]) -> Iterator[str]:
    for pattern in patterns:
        try:
            yield from matching(guest, pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}")
        except Refused:
            continue
