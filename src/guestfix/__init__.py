"""guestfix: make the operating system on a converted disk boot and answer on its new platform, offline.

    import guestfix

    facts = guestfix.inspect(guestfix.images(["web1.qcow2"]))
    plan = guestfix.plan(guestfix.images(["web1.qcow2"]), "ec2-nitro")
    done = guestfix.apply(guestfix.images(["web1.qcow2"]), "ec2-nitro", approve=plan.identity)
    guestfix.revert(guestfix.images(["web1.qcow2"]))

Every error derives from `GuestfixError` and has a `code`, a `message`, a `hint` and an `exit_status`.
"""

from __future__ import annotations

from guestfix.assessment import Preflight
from guestfix.changes import Change, Finding, Severity
from guestfix.errors import (
    Cancelled,
    EnvironmentProblem,
    GuestfixError,
    InternalError,
    Refused,
    UsageError,
)
from guestfix.facts.model import Facts, Unknown
from guestfix.journal import Journal
from guestfix.opening import OpenGuest, open_guest
from guestfix.operations import Applied, Knowledge, apply, inspect, plan, preflight, revert
from guestfix.plan import Plan
from guestfix.progress import Cancel, Progress, Stage
from guestfix.revert import Reverted
from guestfix.sources import Access, Commit, Images, InPlace, LaunchedHandle, Output, RootDirectory, images

__all__ = [
    "Access",
    "Applied",
    "Cancel",
    "Cancelled",
    "Change",
    "Commit",
    "EnvironmentProblem",
    "Facts",
    "Finding",
    "GuestfixError",
    "Images",
    "InPlace",
    "InternalError",
    "Journal",
    "Knowledge",
    "LaunchedHandle",
    "OpenGuest",
    "Output",
    "Plan",
    "Preflight",
    "Progress",
    "Refused",
    "Reverted",
    "RootDirectory",
    "Severity",
    "Stage",
    "Unknown",
    "UsageError",
    "apply",
    "images",
    "inspect",
    "open_guest",
    "plan",
    "preflight",
    "revert",
]
