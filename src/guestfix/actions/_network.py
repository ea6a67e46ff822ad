"""What every network format says about bridges, bonds, VLANs and teams: they are never flattened in silence."""

from __future__ import annotations

from collections.abc import Iterable

from guestfix.changes import Evidence, Finding, Severity


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
        remedy="reduce it to one card before the move, or correct the names of its cards after it",
        evidence=seen,
    )
    return (finding,)
