"""Rules as iptables-save(8) writes them, for a new TCP connection to one port from anywhere."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from guestfix.facts.base import Flag
from guestfix.facts.firewall_walk import ACCEPT, DROP, RETURN, THROUGH, FilterRule, passes

_ACTIONS: Final = {"ACCEPT": ACCEPT, "DROP": DROP, "REJECT": DROP, "RETURN": RETURN}
_LONGEST: Final = 4096
"""Characters of a line that shlex reads: its time grows with the square of a word's length."""
_NO_DOUBT: Final = frozenset(
    {"--comment", "-m", "--match", "--limit", "--limit-burst", "--reject-with", "--set", "--name", "--syn", "-j"}
    | {"--jump", "-g", "--goto", "--rsource", "--log-prefix", "--log-level"}
)  # fmt: skip
"""They say nothing of whether a first packet matches."""
_REPEATED: Final = frozenset({"--update", "--rcheck", "--hitcount"})
"""`recent` knows only who came before."""


def passes_iptables(text: str, port: int, *, chain: str = "INPUT", policy: str | None = None) -> tuple[Flag, str]:
    """Return whether the filter table lets a new connection to `port` in by `chain`, and which line says so."""
    chains: dict[str, list[FilterRule]] = defaultdict(list)
    policies: dict[str, str] = {}
    table = "filter"
    for number, line in enumerate(text.split("\n"), 1):
        words = _words(line)
        if line.startswith("*"):
            table = line[1:].strip()
        elif table != "filter" or not words:
            continue
        elif words[0].startswith(":") and len(words) > 1:
            chains[words[0][1:]] = []
            policies[words[0][1:]] = _ACTIONS.get(words[1], THROUGH)
        elif words[0] in ("-A", "--append") and len(words) > 1:
            chains[words[1]].append(_rule(words[2:], port, number))
    return passes(chains, chain, policy or policies.get(chain, ACCEPT))


def _words(line: str) -> list[str]:
    if len(line) > _LONGEST:
        return line.split()
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        return line.split()


def _rule(words: Sequence[str], port: int, line: int) -> FilterRule:
    action = THROUGH
    matches: list[bool | None] = []
    for option, values, negated in _options(words):
        value = values[0] if values else ""
        if option in ("-j", "--jump", "-g", "--goto"):
            action = _ACTIONS.get(value, value)
        found = _matches(option, value, port)
        matches.append(found if found is None or not negated else not found)
    whole = False if False in matches else None if None in matches else True
    return FilterRule(whole, action, line)


def _options(words: Sequence[str]) -> Iterator[tuple[str, list[str], bool]]:
    """Yield each option with its values; `!` stands before the option or, as iptables wrote it once, behind it."""
    negated = False
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word == "!":
            negated = True
            continue
        values = []
        while at < len(words) and not words[at].startswith("-"):
            if words[at] == "!":
                if at + 1 < len(words) and words[at + 1].startswith("-"):
                    break
                negated = True
            else:
                values.append(words[at])
            at += 1
        yield word, values, negated
        negated = False


def _matches(option: str, value: str, port: int) -> bool | None:
    if option in ("-p", "--protocol"):
        return value.lower() in ("tcp", "6", "all", "0")
    if option in ("--dport", "--destination-port", "--dports", "--destination-ports", "--ports"):
        return any(_holds(part, port) for part in value.split(","))
    if option in ("--state", "--ctstate"):
        return "NEW" in value.upper().split(",")
    if option in ("-i", "--in-interface"):
        return False if value == "lo" else True if value == "+" else None
    if option in ("-s", "--source", "--src", "-d", "--destination"):
        return True if value in ("0.0.0.0/0", "0/0") else None
    if option in _REPEATED:
        return False
    return True if option in _NO_DOUBT else None


def _holds(said: str, port: int) -> bool:
    low, _, high = ("22" if said == "ssh" else said).partition(":")
    if not all(part.isascii() and (part.isdecimal() or not part) and len(part) < 6 for part in (low, high)):
        return False
    return int(low or 0) <= port <= int(high or (65535 if ":" in said else low or 0))
