"""`default_boot_entry`: let an entry start whose kernel can, where the default one's cannot."""

from __future__ import annotations

import re

from pydantic import Field

from guestfix.actions import _default_entry
from guestfix.actions._finding import FindingParams
from guestfix.changes import Evidence, Note, Whole
from guestfix.facts.boot_choice import better_default
from guestfix.facts.model import Unknown
from guestfix.formats import shell_variables
from guestfix.rules.action import Outcome, Params, Proposal, Scope, Verb
from guestfix.untrusted import shown


class KernelPackage(Params):
    """Which package kernels of a certain name come from."""

    kernels: re.Pattern[str] = Field(description="What is found in their versions")
    package: str = Field(min_length=1, description="Name of the package")


class LaterKernels(Params):
    """Where a guest says which package's kernels become the default when they are installed."""

    path: str = Field(pattern="^/", description="A file of shell variables")
    variable: str = Field(pattern=r"^[A-Z_]+$", description="The variable that names the package")
    packages: tuple[KernelPackage, ...] = Field(min_length=1, description="The first that fits a version counts")


class DefaultBootEntry(FindingParams):
    """What to say when another entry starts, and which never does."""

    avoid: tuple[str, ...] = Field(
        default=(), description="Words of titles, in small letters, whose entries are never chosen"
    )
    later: LaterKernels | None = Field(
        default=None, description="What else has to change, so that the next kernel update keeps the choice"
    )


def run(params: DefaultBootEntry, scope: Scope) -> Outcome:
    """Return the changes that make another entry the default; nothing if the default one can start."""
    better = better_default(scope.facts, scope.target, params.avoid)
    if isinstance(better, str):
        return Outcome(why_not=shown(better))
    loader = scope.facts.boot.loader
    change = None if isinstance(loader, Unknown) else _default_entry.CHANGES.get(loader)
    if change is None:
        return Outcome(why_not="this boot loader's default entry cannot be changed here")
    said = f"{better.kernel.version} starts instead of {better.before}, which {better.because}"
    notes = (Note(text=shown(said)),)
    proposals = (*change(better.entry, notes, scope), *_later(params.later, better.kernel.version, scope))
    evidence = Evidence(path=better.entry.source, line=better.entry.line, value=shown(said))
    return Outcome(proposals, (params.finding((evidence,)),))


def _later(later: LaterKernels | None, version: str, scope: Scope) -> tuple[Proposal, ...]:
    """Return the change that names the package of the kernel `version`, where another one is named."""
    if later is None or scope.guest.status(later.path) is None:
        return ()
    document = shell_variables.parse(scope.guest.read(later.path))
    named = document.get(later.variable)
    package = next((each.package for each in later.packages if each.kernels.search(version)), None)
    if named is None or package in (None, named):
        return ()
    note = Note(text=f"kernels of {package} become the default later on, and no longer those of {shown(named)}")
    return (Proposal(later.path, Whole(data=document.with_value(later.variable, package).render()), (note,)),)


ACTION = Verb("Let an entry start whose kernel can, where the default one's cannot", DefaultBootEntry, run)
