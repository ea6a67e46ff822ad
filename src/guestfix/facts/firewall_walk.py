"""What a chain of firewall rules makes of one packet, where some rules match perhaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from guestfix.facts.base import Flag, Unknown

ACCEPT: Final = "accept"
DROP: Final = "drop"
RETURN: Final = "return"
THROUGH: Final = "through"
"""The packet leaves the rule, or the chain, undecided."""

_DEEPEST: Final = 16
_MOST_STEPS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Found:
    """What one firewall says of a port."""

    passes: Flag
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class FilterRule:
    """One rule for a packet that is known in part. `action` is one of the above or the name of a chain."""

    matches: bool | None
    """None: for some packets of the kind that is asked for, by their source for example."""
    action: str
    line: int


@dataclass(slots=True)
class _Walk:
    chains: Mapping[str, Sequence[FilterRule]]
    steps: int = 0
    line: dict[str, int] = field(default_factory=dict)
    """The first line that accepts or drops."""

    def through(self, name: str, depth: int) -> set[str]:
        """Return all that can become of the packet in this chain."""
        outcomes: set[str] = set()
        for rule in self.chains.get(name, ()):
            self.steps += 1
            if self.steps > _MOST_STEPS or depth > _DEEPEST:
                return {ACCEPT, DROP}
            if rule.matches is False:
                continue
            found = self._of(rule, depth)
            outcomes |= found - {THROUGH}
            if rule.matches and THROUGH not in found:
                return outcomes
        return outcomes | {THROUGH}

    def _of(self, rule: FilterRule, depth: int) -> set[str]:
        if rule.action in (ACCEPT, DROP):
            self.line.setdefault(rule.action, rule.line)
        if rule.action not in self.chains:
            # LOG, MARK and their like leave the packet as it is.
            return {rule.action if rule.action in (ACCEPT, DROP, RETURN) else THROUGH}
        found = self.through(rule.action, depth + 1)
        return {THROUGH if each == RETURN else each for each in found}


def passes(chains: Mapping[str, Sequence[FilterRule]], first: str, policy: str) -> tuple[Flag, str]:
    """Return whether the packet gets through the chain `first`, and why; `policy` decides what no rule does."""
    walk = _Walk(chains)
    found = {policy if each in (THROUGH, RETURN) else each for each in walk.through(first, 0)}
    accepts, drops = walk.line.get(ACCEPT), walk.line.get(DROP)
    if found == {ACCEPT}:
        return True, f"line {accepts} accepts it" if accepts else "nothing drops it"
    if found == {DROP}:
        return False, f"line {drops} drops it" if drops else "no rule accepts it, and the policy drops it"
    return Unknown(unknown="it is accepted from some addresses or cards only"), f"line {accepts or drops}"
