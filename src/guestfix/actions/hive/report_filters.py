"""`report_filters`: a finding about filter drivers that cannot be loaded and that this plan leaves listed."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions._finding import FindingParams
from guestfix.changes import Evidence
from guestfix.facts.windows_model import ClassFilter
from guestfix.registry.document import HiveDocument
from guestfix.registry.names import folded
from guestfix.rules.action import Edited, Scope, Step
from guestfix.untrusted import shown


class ReportFilters(FindingParams):
    """Of which device classes, and what a person should know about them."""

    classes: tuple[str, ...] = Field(min_length=1, description="disk, volume, scsi adapter, system, hdc ...")


def run(document: HiveDocument, params: ReportFilters, scope: Scope, path: str) -> Edited[HiveDocument]:
    """Return the hive as it is and, if a broken filter is still listed, one finding with each as evidence."""
    known = scope.facts.windows.filters if scope.facts.windows else ()
    evidence = tuple(
        Evidence(path=path, value=shown(f"{each.control_set}, {each.device_class}, {each.name}: {each.problem}"))
        for each in known
        if each.problem and each.device_class in params.classes and _listed(document, each)
    )
    if not evidence:
        return Edited(document, why_not="every filter that stays can be loaded")
    return Edited(document, findings=(params.finding(evidence),))


def _listed(document: HiveDocument, found: ClassFilter) -> bool:
    value = document.value(f"{found.control_set}\\Control\\Class\\{found.guid}", found.place)
    return folded(found.name) in map(folded, (value.strings if value else None) or ())


ACTION = Step(summary="Tell a person about filter drivers that cannot be loaded", params=ReportFilters, run=run)
