"""What /etc/hosts.allow and /etc/hosts.deny make of a new connection to sshd, where it asks them; hosts_access(5).

OpenSSH itself has not asked them since 6.7 (its release notes), but Debian (seen in 12) and Red Hat up to 7
build it with libwrap all the same. The program tells: it names the library that the loader has to find for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from guestfix.facts.firewall_walk import ACCEPT, DROP, FilterRule, passes
from guestfix.facts.reading import first_file, head, text
from guestfix.facts.ssh_model import Wrappers
from guestfix.guest.protocol import GuestReader

_PROGRAMS: Final = (
    "/usr/lib/openssh/sshd-session",
    "/usr/libexec/openssh/sshd-session",
    "/usr/sbin/sshd",
    "/usr/bin/sshd",
    "/usr/local/sbin/sshd",
)
"""Since 9.8 it is sshd-session that talks to the client."""
_LIBRARY: Final = b"libwrap.so"
_LARGEST_PROGRAM: Final = 4 << 20
_FILES: Final = (("/etc/hosts.allow", ACCEPT), ("/etc/hosts.deny", DROP))
_MOST_LINES: Final = 2000
_FIELDS: Final = re.compile(r"(?:\\:|\[[^\]\s]*\]|[^:])+")
"""Fields end at a colon, but not in `[::1]` and not after a backslash."""
_NEAR: Final = re.compile(r"127\..*|localhost(?:\..*)?|\[::1\].*|LOCAL|PARANOID")
"""Clients that are none from afar; PARANOID is one whose name and address disagree."""


def tcp_wrappers(guest: GuestReader) -> Wrappers | None:
    """Return what they make of sshd's clients; None where it does not ask them, or they have no rule for it."""
    rules: list[FilterRule] = []
    places: list[tuple[str, int]] = []
    for path, action in _FILES:
        for number, line in _lines(text(guest, path) or ""):
            rule = _rule(line, action, len(places))
            if rule is not None:
                rules.append(rule)
                places.append((path, number))
    if not rules or not _asks(guest):
        return None
    lets_in, _ = passes({"sshd": rules}, "sshd", ACCEPT)
    source, line_number = places[_deciding(rules)]
    return Wrappers(lets_in=lets_in, source=source, line=line_number)


def _deciding(rules: Sequence[FilterRule]) -> int:
    """Return the place of the first rule that keeps anybody out, or else of the first one."""
    return next((rule.line for rule in rules if rule.action == DROP and rule.matches is not False), rules[0].line)


def _asks(guest: GuestReader) -> bool:
    program = first_file(guest, _PROGRAMS)
    return program is not None and _LIBRARY in head(guest, program, 0, _LARGEST_PROGRAM)


def _lines(said: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are no comments, with their numbers; a backslash at its end joins the next."""
    pieces: list[str] = []
    for number, line in enumerate(said.split("\n")[:_MOST_LINES], 1):
        pieces.append(line.removesuffix("\\"))
        if line.endswith("\\"):
            continue
        whole, began = " ".join(pieces), number - len(pieces) + 1
        pieces = []
        if whole.strip() and not whole.lstrip().startswith("#"):
            yield began, whole


def _rule(line: str, action: str, place: int) -> FilterRule | None:
    """Return what a line says of sshd; None where it speaks of other services only.

    As an option, `allow` and `deny` decide in either file, hosts_options(5).
    """
    fields = [field.strip() for field in _FIELDS.findall(line)]
    if len(fields) < 2 or not _matches(fields[0], _is_sshd):
        return None
    options = {option.lower() for option in fields[2:]}
    action = ACCEPT if "allow" in options else DROP if "deny" in options else action
    return FilterRule(_matches(fields[1], _is_stranger), action, place)


def _matches(listed: str, is_one: Callable[[str], bool | None]) -> bool | None:
    """Return whether a list with its `EXCEPT` holds what is asked for; None for some of its kind."""
    words = re.split(r"[\s,]+", listed.strip())
    at = next((at for at, word in enumerate(words) if word.upper() == "EXCEPT"), len(words))
    found = [is_one(word) for word in words[:at]]
    whole = True if True in found else None if None in found else False
    left_out = _matches(" ".join(words[at + 1 :]), is_one) if whole is not False and at < len(words) else False
    return whole if left_out is False else False if left_out else None


def _is_sshd(word: str) -> bool:
    return word.upper() == "ALL" or word.partition("@")[0] == "sshd"


def _is_stranger(word: str) -> bool | None:
    """Return whether a client from anywhere is meant; None: some clients are."""
    return True if word.upper() == "ALL" else False if _NEAR.fullmatch(word) else None
