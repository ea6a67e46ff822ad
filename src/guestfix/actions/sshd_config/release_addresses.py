"""`release_addresses`: have sshd listen also where the addresses of the old network are gone."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from guestfix.changes import Note
from guestfix.formats.sshd_config import SshdConfig
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown

_SAID = re.compile(r"\[([^]]*)\](:[0-9]+)?|([^:]*)(:[0-9]+)?")


class ReleaseAddresses(Params):
    """It has no parameters: every `ListenAddress` of one address gives way to any address of its family."""


def run(document: SshdConfig, params: ReleaseAddresses, scope: Scope, path: str) -> Edited[SshdConfig]:
    """Return the file in which sshd listens on any address where it listened on one; ports stay.

    Taking the lines out would lose their ports, and leave sshd to the loopback where that has a line too. Host
    names stay: DNS and /etc/hosts may move them.
    """
    said = tuple(_listens(document))
    doomed = {number: (word, any_) for number, word, any_ in said if any_ is not None and any_ != word}
    if not doomed:
        return Edited(document, why_not=f"{shown(path)} has sshd listen on no single address")
    there = {word for _, word, any_ in said if any_ == word}
    instead: dict[int, str] = {}
    for number, (_, any_) in doomed.items():
        if any_ not in there:
            there.add(any_)
            instead[number] = f"ListenAddress {any_}"
    notes = tuple(
        Note(line=number, text=f"sshd listens on any address, no longer on {shown(word)} alone")
        for number, (word, _) in doomed.items()
    )
    return Edited(document.comment_out(doomed, instead), notes=notes)


def _listens(document: SshdConfig) -> Iterator[tuple[int, str, str | None]]:
    """Yield line, what it says, and what says so of any address; None where that is the loopback or a host."""
    for entry in document.entries:
        if entry.keyword != "listenaddress" or not entry.arguments:
            continue
        word = entry.arguments[0]
        match = _SAID.fullmatch(word)
        host, port = (match[1] or match[3], match[2] or match[4] or "") if match else (word, "")
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            yield entry.number, word, None
            continue
        if address.is_unspecified:
            yield entry.number, word, word
        elif address.is_loopback:
            yield entry.number, word, None
        else:
            anywhere = str(type(address)(0))
            yield entry.number, word, f"[{anywhere}]{port}" if port and address.version == 6 else anywhere + port


ACTION = Step(summary="Have sshd listen where its old address is gone", params=ReleaseAddresses, run=run)
