"""`switch_off_services`: keep services from starting, whatever starts them; their packages stay."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final

from pydantic import Field

from guestfix.changes import Note, Whole
from guestfix.facts.reading import exists, is_file, link_target
from guestfix.rules.action import Outcome, Params, Proposal, Scope, Verb
from guestfix.untrusted import shown

_UNITS: Final = "/etc/systemd/system"
_PACKAGED: Final = ("/usr/lib/systemd/system", "/lib/systemd/system")


class SwitchOffServices(Params):
    """Which services, and where they belong."""

    services: Mapping[str, tuple[str, ...]] = Field(
        description="What they are for, to the names of the services, without .service"
    )
    own: Mapping[str, tuple[str, ...]] = Field(
        default={}, description="Target id or pattern, to what belongs there and stays: {ec2-*: [Amazon EC2]}"
    )


def _run(params: SwitchOffServices, scope: Scope) -> Outcome:
    proposals: list[Proposal] = []
    reasons: list[str] = []
    stay = {
        kind for pattern, kinds in params.own.items() if fnmatchcase(scope.target.id, pattern) for kind in kinds
    }
    for kind, names in params.services.items():
        for name in names:
            found = _switched_off(name, kind, scope)
            if found is None:
                continue
            if kind in stay:
                reasons.append(f"{name} belongs to {scope.target.id}")
            elif isinstance(found, str):
                reasons.append(found)
            else:
                proposals.append(found)
    if not proposals and not reasons:
        reasons.append("no service of another platform is installed")
    return Outcome(tuple(proposals), why_not="; ".join(reasons))


def _switched_off(name: str, kind: str, scope: Scope) -> Proposal | str | None:
    """Return the change that keeps a service from starting, why there is none, or None if it is not there.

    For systemd that is an empty unit in /etc, which masks it as a link to /dev/null does (systemd.unit(5): "if a
    unit file is empty or a symlink to /dev/null"), a generated one of an init script too. For upstart it is an
    override with `manual` (init(5)); elsewhere the init script is moved aside, and its links lead nowhere.
    """
    guest = scope.guest
    script, job = f"/etc/init.d/{name}", f"/etc/init/{name}.conf"
    note = (Note(text=f"{name} is for {kind}, which is gone; the package stays"),)
    if scope.facts.os.init == "systemd":
        unit = f"{_UNITS}/{name}.service"
        if not exists(guest, unit, script, *(f"{place}/{name}.service" for place in _PACKAGED)):
            return None
        target = link_target(guest, unit)
        if target is not None:
            return f"{shown(unit)} is a link to {shown(target)} and is left alone"
        if is_file(guest, unit) and not guest.read(unit).strip():
            return f"{name} is switched off already"
        return Proposal(unit, Whole(data=b""), note)
    if is_file(guest, job):
        override = f"/etc/init/{name}.override"
        old = guest.read(override) if is_file(guest, override) else b""
        if b"manual" in old.split():
            return f"{name} is switched off already"
        return Proposal(
            override, Whole(data=old + (b"" if old.endswith(b"\n") or not old else b"\n") + b"manual\n"), note
        )
    return Proposal(script, None, note) if is_file(guest, script) else None


ACTION = Verb("Keep services from starting, and leave their packages installed", SwitchOffServices, _run)
