"""The parameters of a finding, shared by every action that can report one."""

from __future__ import annotations

from pydantic import Field

from guestfix.changes import Evidence, Finding, Severity
from guestfix.rules.action import Params


class FindingParams(Params):
    """What a person should know."""

    code: str = Field(description="Stable code, GF-AREA-WHAT", pattern=r"^GF(-[A-Z0-9]+)+$")
    severity: Severity = Field(description="info, warning or error")
    message: str = Field(description="What is the matter, in one sentence")
    why: str = Field(description="What happens if nothing is done")
    remedy: str = Field(description="What to do")
    aliases: tuple[str, ...] = Field(
        default=(),
        description="What VM Import/Export says when the same thing is the matter; `guestfix explain` finds it",
    )

    def finding(self, evidence: tuple[Evidence, ...] = ()) -> Finding:
        """Return the finding with what it was seen by."""
        return Finding(
            code=self.code,
            severity=self.severity,
            message=self.message,
            why=self.why,
            remedy=self.remedy,
            evidence=evidence,
        )
