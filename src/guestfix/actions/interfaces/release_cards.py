"""`release_cards`: switch off the stanzas of wired cards, which name the old card and its fixed address."""

from __future__ import annotations

from itertools import accumulate

from pydantic import Field

from guestfix.actions._network import built_finding, gives_way
from guestfix.actions.interfaces import built, cards, parts_of_built
from guestfix.changes import Evidence, Finding, Note
from guestfix.formats.interfaces import Iface, Interfaces
from guestfix.formats.interfaces_edit import comment_out_stanzas, drop_names
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown

_LISTS = ("auto", "allow-auto", "allow-hotplug")


class ReleaseCards(Params):
    """Plain wired cards are released; bridges, bonds and VLANs are reported and stay."""

    but_dhcp_on: tuple[str, ...] = Field(
        default=(), description="Names of cards that the new one may have: what asks for an address on them stays"
    )


def run(document: Interfaces, params: ReleaseCards, scope: Scope, path: str) -> Edited[Interfaces]:
    """Return the file with the stanzas of wired cards as comments, and a finding for what is built of cards."""
    flat = gives_way(scope)
    findings = () if flat else _built_finding(document, path)
    doomed = tuple(each for each in _plain(document, flat=flat) if not _stays(each, params))
    if not doomed:
        return Edited(document, findings=findings, why_not="no wired card has a stanza of its own")
    lines = list(accumulate((len(statement.lines) for statement in document.statements), initial=1))
    notes = tuple(_note(lines[iface.index], iface) for iface in doomed)
    edited = comment_out_stanzas(document, doomed)
    names = {iface.name for iface in doomed} - {iface.name for iface in edited.ifaces}
    for keyword in _LISTS:
        edited = drop_names(edited, keyword, names)
    return Edited(edited, notes=notes, findings=findings)


def _plain(document: Interfaces, *, flat: bool) -> tuple[Iface, ...]:
    """Return the stanzas of cards; where `flat`, with what is built of them and its parts, in the file's order."""
    found = list(cards(document))
    if flat:
        parts = parts_of_built(document)
        found += [*built(document), *(each for each in document.ifaces if each.name in parts)]
    return tuple({each.index: each for each in sorted(found, key=lambda each: each.index)}.values())


def _stays(iface: Iface, params: ReleaseCards) -> bool:
    return (iface.family, iface.method) == ("inet", "dhcp") and iface.name in params.but_dhcp_on


def _note(line: int, iface: Iface) -> Note:
    address = iface.get("address")
    what = f"{iface.method} address {shown(address.partition(chr(10))[0])}" if address else iface.method
    return Note(line=line, text=f"{shown(iface.name)} ({iface.family}, {what}) is switched off")


def _built_finding(document: Interfaces, path: str) -> tuple[Finding, ...]:
    evidence = tuple(
        Evidence(path=path, value=shown(f"iface {iface.name} {iface.family} {iface.method}"))
        for iface in built(document)
    )
    return built_finding(evidence)


ACTION = Step(summary="Switch off the stanzas of wired cards", params=ReleaseCards, run=run)
