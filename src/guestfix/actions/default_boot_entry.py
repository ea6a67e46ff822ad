"""`default_boot_entry`: let an entry start whose kernel can, where the default one's cannot."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions import _default_entry
from guestfix.actions._finding import FindingParams
from guestfix.changes import Evidence, Note
from guestfix.facts.boot_choice import better_default
from guestfix.facts.model import Unknown
from guestfix.rules.action import Outcome, Scope, Verb
from guestfix.untrusted import shown


class DefaultBootEntry(FindingParams):
    """What to say when another entry starts, and which never does."""

    avoid: tuple[str, ...] = Field(
        default=(), description="Words of titles, in small letters, whose entries are never chosen"
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
    proposals = change(better.entry, (Note(text=shown(said)),), scope)
    evidence = Evidence(path=better.entry.source, line=better.entry.line, value=shown(said))
    return Outcome(proposals, (params.finding((evidence,)),))


ACTION = Verb("Let an entry start whose kernel can, where the default one's cannot", DefaultBootEntry, run)
