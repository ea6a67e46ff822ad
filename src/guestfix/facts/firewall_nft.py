"""Rules as nft(8) reads them, for a new TCP connection over IPv4 to one port from anywhere."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from guestfix.facts.base import Flag, Unknown
from guestfix.facts.firewall_walk import ACCEPT, DROP, RETURN, THROUGH, FilterRule, passes

_TOKEN: Final = re.compile(r'#[^\n]*|\\\n|"[^"\n]*"|\n|[{};,:]|!=|==|=|[^\s{};,:"=!#\\]+|.')
_VERDICTS: Final = {"accept": ACCEPT, "drop": DROP, "reject": DROP, "return": RETURN}
_OTHER_PROTOCOLS: Final = frozenset({"udp", "icmp", "icmpv6", "igmp", "ip6", "esp", "ah", "sctp", "arp"})
_QUIET: Final = frozenset({"counter", "log", "comment", "prefix", "level", "packets", "bytes", "flags", "all"})
_JUMPS: Final = ("jump", "goto")
_MOST_TOKENS: Final = 200_000

_Test = Callable[[str, int], bool | None]
"""Whether a value of a match is that of a new TCP connection over IPv4 to a port; None: perhaps."""


@dataclass(slots=True)
class _Ruleset:
    chains: dict[str, list[FilterRule]] = field(default_factory=lambda: defaultdict(list))
    bases: dict[str, str] = field(default_factory=dict)
    """Chains that are hooked to input, and their policies."""


def passes_nft(text: str, port: int) -> tuple[Flag, str]:
    """Return whether all chains at the input hook let a new connection to `port` in, and which line says so."""
    ruleset = _read(text, port)
    if isinstance(ruleset, Unknown):
        return ruleset, ruleset.unknown
    doubt: tuple[Flag, str] | None = None
    said: tuple[Flag, str] = True, "no chain is hooked to input"
    for name, policy in ruleset.bases.items():
        said = passes(ruleset.chains, name, policy)
        if said[0] is False:
            return said
        doubt = said if isinstance(said[0], Unknown) else doubt
    return doubt or said


def _read(text: str, port: int) -> _Ruleset | Unknown:
    ruleset = _Ruleset()
    scope: list[str] = []
    statement: list[str] = []
    depth, line = 0, 1
    for count, found in enumerate(_TOKEN.finditer(text)):
        word = found[0]
        if count > _MOST_TOKENS:
            return Unknown(unknown="the ruleset is too large")
        if word == "{" and not depth and _is_block(statement):
            scope.append(" ".join(each for each in statement if each != "add"))
            statement = []
        elif word in ("\n", ";", "}") and not depth:
            if statement:
                _take(statement, scope, port, line, ruleset)
                statement = []
            if word == "}" and scope:
                scope.pop()
        elif not word.startswith("#") and not word.strip("\\").isspace():
            depth += (word == "{") - (word == "}")
            statement.append(word)
        line += word.count("\n")
    return ruleset


def _is_block(statement: Sequence[str]) -> bool:
    return bool(statement) and ("table" in statement[:2] or statement[0] in ("chain", "set", "map", "flowtable"))


def _take(statement: Sequence[str], scope: Sequence[str], port: int, line: int, ruleset: _Ruleset) -> None:
    if len(scope) != 2 or not scope[1].startswith("chain ") or not scope[0].startswith("table "):
        return
    family = scope[0].split()[1] if len(scope[0].split()) > 2 else "ip"
    name = f"{scope[0]} {scope[1].removeprefix('chain ')}"
    if family not in ("ip", "inet"):
        return
    chain = ruleset.chains[name]
    if statement[0] == "type":
        if "hook" in statement and statement[statement.index("hook") + 1 :][:1] == ["input"]:
            ruleset.bases.setdefault(name, ACCEPT)
    elif statement[0] == "policy":
        if name in ruleset.bases:
            ruleset.bases[name] = _VERDICTS.get(statement[1] if len(statement) > 1 else "", ACCEPT)
    else:
        chain.append(_rule(statement, port, line, scope[0]))


def _rule(words: Sequence[str], port: int, line: int, table: str) -> FilterRule:
    matches: list[bool | None] = []
    action = THROUGH
    at = 0
    while at < len(words):
        word = words[at]
        test = next((key for key in _TESTS if tuple(words[at : at + len(key)]) == key), None)
        if word in _VERDICTS or (word in _JUMPS and at + 1 < len(words)):
            action = _VERDICTS.get(word) or f"{table} {words[at + 1]}"
            break
        if test is not None:
            operand = _operand(words, at + len(test))
            found, decided = _matched(operand, _TESTS[test], port)
            matches.append(found)
            action = decided or action
            at = operand.end
            continue
        if word == "limit":
            # The first packet is within any limit.
            matches.append("over" not in words[at : at + 3])
            while at < len(words) and words[at] not in _VERDICTS and words[at] not in _JUMPS:
                at += 1
            continue
        if word in _OTHER_PROTOCOLS:
            matches.append(False)
        elif word not in _QUIET and not word.isdecimal() and not word.startswith('"'):
            matches.append(None)
        at += 1
    whole = False if False in matches else None if None in matches else True
    return FilterRule(whole, action, line)


@dataclass(slots=True)
class _Operand:
    """What stands on the right side of a match: values, each with the verdict that a `vmap` gives it."""

    end: int
    negated: bool = False
    values: list[tuple[str, str]] = field(default_factory=list)


def _operand(words: Sequence[str], at: int) -> _Operand:
    negated = words[at : at + 1] == ["!="]
    if words[at : at + 1] in (["!="], ["=="], ["vmap"]):
        at += 1
    operand = _Operand(at, negated)
    in_set = words[at : at + 1] == ["{"]
    expects_value = True
    for position in range(at, len(words)):
        word = words[position]
        if not in_set and not expects_value and word != ",":
            break
        operand.end += 1
        if word == "}":
            break
        if word == ":" and operand.values:
            operand.values[-1] = (operand.values[-1][0], ":")
        elif operand.values and operand.values[-1][1] == ":":
            operand.values[-1] = (operand.values[-1][0], word)
        elif word not in ("{", ","):
            operand.values.append((word.strip('"'), ""))
        expects_value = word in ("{", ",")
    return operand


def _matched(operand: _Operand, test: _Test, port: int) -> tuple[bool | None, str | None]:
    """Return whether it matches, and the verdict if it is a map that gives one."""
    doubt = False
    for value, verdict in operand.values:
        found = None if value.startswith(("@", "$")) else test(value, port)
        if found and verdict:
            return True, _VERDICTS.get(verdict, THROUGH)
        if found:
            return not operand.negated, None
        doubt = doubt or found is None
    return (None if doubt else operand.negated), None


def _is_port(said: str, port: int) -> bool:
    low, _, high = ("22" if said == "ssh" else said).partition("-")
    if not all(part.isascii() and part.isdecimal() and len(part) < 6 for part in (low, high or low)):
        return False
    return int(low) <= port <= int(high or low)


def _is_other_card(said: str, port: int) -> bool | None:
    return False if said == "lo" else None


def _is_somewhere(said: str, port: int) -> bool | None:
    return True if said == "0.0.0.0/0" else None


_TESTS: Final[dict[tuple[str, ...], _Test]] = {
    ("tcp", "dport"): _is_port,
    ("th", "dport"): _is_port,
    ("ct", "state"): lambda said, port: said == "new",
    ("meta", "l4proto"): lambda said, port: said in ("tcp", "6"),
    ("ip", "protocol"): lambda said, port: said in ("tcp", "6"),
    ("meta", "nfproto"): lambda said, port: said == "ipv4",
    ("iif",): _is_other_card,
    ("iifname",): _is_other_card,
    ("meta", "iif"): _is_other_card,
    ("meta", "iifname"): _is_other_card,
    ("ip", "saddr"): _is_somewhere,
    ("ip", "daddr"): _is_somewhere,
}
