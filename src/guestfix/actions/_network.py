"""What every network format says about bridges, bonds, VLANs and teams: they are never flattened in silence.

Only a lone bond, team or bridge gives way to DHCP on its card, and only where that was asked for
(`--set bonds=dhcp`).
"""

from __future__ import annotations

from collections.abc import Iterable

from guestfix.changes import Evidence, Finding, Severity
from guestfix.rules.action import Scope


def built_finding(evidence: Iterable[Evidence]) -> tuple[Finding, ...]:
    """Return the finding about interfaces that are made of cards; none without evidence."""
    seen = tuple(evidence)
    if not seen:
        return ()
    finding = Finding(
        code="GF-LINUX-NETWORK-BUILT",
        severity=Severity.WARNING,
        message="a bridge, bond, VLAN or team is configured, and is left as it is",
        why="it is made of cards that the new platform calls by other names, so it may not come up",
        remedy="correct the names of its cards after the move; one bond, team or bridge alone gives way to DHCP"
        " on its card with --set bonds=dhcp",
        evidence=seen,
    )
    return (finding,)


def gives_way(scope: Scope) -> bool:
    """Whether what is built of cards is to be one card with DHCP, and is simple enough for that to be the same.

    It is one bond, team or bridge with the only address of this guest. A VLAN is another network than that of
    its card, and of several nobody can tell which one the new card is in.
    """
    if scope.settings.get("bonds") != "dhcp" or scope.settings.get("network") != "dhcp":
        return False
    interfaces = [each for each in scope.facts.network.interfaces if each.kind != "loopback"]
    built = [each for each in interfaces if each.kind != "ethernet"]
    return (
        len({each.name for each in built}) == 1
        and all(each.kind in ("bond", "team", "bridge") for each in built)
        and any(each.method in ("static", "dhcp") for each in built)
        and not any(each.kind == "ethernet" and each.method in ("static", "dhcp") for each in interfaces)
    )
