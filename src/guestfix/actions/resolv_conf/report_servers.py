"""`report_servers`: a finding about name servers that are written down, with the lines as evidence."""

from __future__ import annotations

import ipaddress

from guestfix.actions._finding import FindingParams
from guestfix.changes import Evidence
from guestfix.formats.resolv_conf import ResolvConf
from guestfix.rules.action import Edited, Scope, Step
from guestfix.untrusted import shown


class ReportServers(FindingParams):
    """What a person should know about them."""


def run(document: ResolvConf, params: ReportServers, scope: Scope, path: str) -> Edited[ResolvConf]:
    """Return the file as it is, and a finding if it names a server that is not this very guest."""
    evidence = tuple(
        Evidence(path=path, line=number, value=shown(server))
        for number, server in document.values("nameserver")
        if not _is_local(server)
    )
    if not evidence:
        return Edited(document, why_not=f"{shown(path)} names no server of a network")
    return Edited(document, findings=(params.finding(evidence),))


def _is_local(server: str) -> bool:
    try:
        return ipaddress.ip_address(server.partition("%")[0]).is_loopback
    except ValueError:
        return False


ACTION = Step(summary="Tell a person about name servers that are written down", params=ReportServers, run=run)
