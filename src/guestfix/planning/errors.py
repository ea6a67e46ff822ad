"""What can go wrong while a plan is made."""

from __future__ import annotations

from guestfix.errors import Refused, UsageError


class RulesConflict(UsageError):
    """Two rules want things of one file that exclude each other."""

    code = "GF-PLAN-CONFLICT"


class LeadsNowhere(Refused):
    """A rule wants to write to a path that cannot be written to inside this guest."""

    code = "GF-PLAN-PATH"
