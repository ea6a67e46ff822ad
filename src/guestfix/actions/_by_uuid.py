"""Naming a device by UUID, shared by every format that has a single field for it."""

from __future__ import annotations

from guestfix.actions._command_line import STABLE, whose
from guestfix.facts.devices import names_no_disk, resolve
from guestfix.facts.model import Flag, Unknown, Volume
from guestfix.formats.fstab_spec import SpecKind, spec_kind
from guestfix.rules.action import Scope
from guestfix.untrusted import shown


def volume_of(spec: str, scope: Scope, type_hint: str | None = None) -> Volume | Unknown | None:
    """Return the volume that `spec` names; None where it names no disk at all."""
    facts = scope.facts
    if isinstance(facts.volumes, Unknown):
        return facts.volumes
    return resolve(spec, facts.images, facts.volumes, type_hint=type_hint)


def is_here(spec: str, scope: Scope, type_hint: str | None = None) -> Flag:
    """Say whether a disk that `spec` names is among the images; Unknown for a mapping that we may not see."""
    volume = volume_of(spec, scope, type_hint)
    if not isinstance(volume, Unknown):
        return True
    if isinstance(scope.facts.volumes, Unknown) or spec_kind(spec) in (SpecKind.MAPPER, SpecKind.LVM):
        return volume
    return False


def by_uuid(spec: str, scope: Scope, type_hint: str | None = None) -> tuple[str, str] | None:
    """Return what to write instead of `spec`, and a sentence on it; None where `spec` stays."""
    if spec_kind(spec) in STABLE or names_no_disk(spec):
        return None
    volume = volume_of(spec, scope, type_hint)
    if not isinstance(volume, Volume) or not volume.uuid:
        return None
    return f"UUID={volume.uuid}", f"{shown(spec)} becomes UUID={volume.uuid}{whose(volume, spec)}"
