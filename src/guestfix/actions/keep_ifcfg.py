"""`keep_ifcfg`: give ifcfg files, and the routes beside them, the names of the new cards; their settings stay."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from guestfix.actions._binding import binding_of
from guestfix.actions._network import built_finding
from guestfix.actions.ifcfg import card_name, is_built, is_card, rebound
from guestfix.changes import Evidence, Note, Whole
from guestfix.formats import shell_variables
from guestfix.formats.shell_variables import ShellVariables
from guestfix.rules.action import Outcome, Params, Proposal, Scope, Verb
from guestfix.rules.paths import matching
from guestfix.untrusted import shown

_BESIDE = ("route", "route6", "rule", "rule6", "ifroute", "keys")


class KeepIfcfg(Params):
    """Where the files are."""

    folder: str = Field(pattern="^/", description="Folder of ifcfg files whose names are the cards'")


def _run(params: KeepIfcfg, scope: Scope) -> Outcome:
    """All files are looked at together, since the new name of one may be the old name of another."""
    built: list[Evidence] = []
    wanted: dict[str, tuple[bytes, str]] = {}
    old: dict[str, str] = {}
    for path in matching(scope.guest, f"{params.folder}/ifcfg-*"):
        before = scope.guest.read(path)
        document = shell_variables.parse(before)
        name = card_name(document, path)
        if is_built(document, path):
            built.append(Evidence(path=path, value=shown(name)))
        elif is_card(document, path) and (after := _after(document, path, scope)):
            new_name, data = after
            note = f"the settings of {shown(name)} stay, as {new_name}"
            for source, target in ((path, f"ifcfg-{new_name}"), *_beside(params.folder, path, new_name)):
                content = data if source == path else scope.guest.read(source) if _there(scope, source) else None
                if content is not None and (source, content) != (f"{params.folder}/{target}", before):
                    wanted[f"{params.folder}/{target}"] = (content, note)
                    old[source] = note
    proposals = [Proposal(path, Whole(data=data), (Note(text=note),)) for path, (data, note) in wanted.items()]
    gone = [Proposal(path, None, (Note(text=note),)) for path, note in old.items() if path not in wanted]
    why_not = "" if wanted or built else f"{params.folder} has no file for an old wired card"
    return Outcome((*proposals, *gone), built_finding(built), why_not)


def _after(document: ShellVariables, path: str, scope: Scope) -> tuple[str, bytes] | None:
    name = card_name(document, path)
    new = binding_of(scope, name, document.get("HWADDR"))
    if new is None:
        return None
    alias = name.partition(":")[1] + name.partition(":")[2]
    device = f"{new.name}{alias}"
    if not document.is_assigned("DEVICE") and "network-scripts" not in path:
        return device, rebound(document, new, None).render()
    return device, rebound(document, new, device).render()


def _beside(folder: str, path: str, new_name: str) -> Iterator[tuple[str, str]]:
    name = path.rpartition("/ifcfg-")[2]
    for kind in _BESIDE if name != new_name else ():
        yield f"{folder}/{kind}-{name}", f"{kind}-{new_name}"


def _there(scope: Scope, path: str) -> bool:
    return scope.guest.status(path) is not None


ACTION = Verb("Keep the settings of ifcfg files, under the names of the new cards", KeepIfcfg, _run)
