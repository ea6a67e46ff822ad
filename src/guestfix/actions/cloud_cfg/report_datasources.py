"""`report_datasources`: a finding about the only data sources that cloud-init may look at."""

from __future__ import annotations

from guestfix.actions._finding import FindingParams
from guestfix.changes import Evidence
from guestfix.formats.netplan import Netplan
from guestfix.rules.action import Edited, Scope, Step
from guestfix.untrusted import shown

MANY = 5
"""Distributions list twenty or more sources; whoever lists fewer chose them for one platform."""


class ReportDatasources(FindingParams):
    """What a person should know about them."""


def run(document: Netplan, params: ReportDatasources, scope: Scope, path: str) -> Edited[Netplan]:
    """Return the file as it is, and a finding if `datasource_list` leaves only a few."""
    node = document.root.items.get("datasource_list") if document.root else None
    sources = [each.text or "" for each in node.value] if node and isinstance(node.value, list) else []
    if node is None or not 0 < len(sources) < MANY:
        return Edited(document, why_not=f"{shown(path)} does not pin cloud-init to a platform")
    evidence = Evidence(path=path, line=node.first, value=shown(", ".join(sources)))
    return Edited(document, findings=(params.finding((evidence,)),))


ACTION = Step(summary="Tell a person about the only data sources", params=ReportDatasources, run=run)
