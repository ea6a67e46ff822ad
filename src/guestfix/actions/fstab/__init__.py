"""/etc/fstab as rules see it: the format, and the names that `where:` may use about a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from guestfix.facts.devices import Resolved
from guestfix.facts.fstab_devices import resolve_lines
from guestfix.facts.model import Flag, Model, Unknown
from guestfix.formats import fstab
from guestfix.formats.fstab_spec import SpecKind
from guestfix.rules.action import Format, Scope

FORMAT = Format(summary="/etc/fstab, fstab(5)", parse=fstab.parse, render=fstab.Fstab.render)


class FstabLine(Model):
    """What `where:` can ask about one line of fstab."""

    spec: str = Field(description="First field: what is mounted")
    mount_point: str = Field(description="Second field; none or swap for swap")
    type: str = Field(description="Third field: the file system type")
    options: tuple[str, ...] = Field(description="Fourth field, one by one")
    resolved: Flag = Field(description="False where it names a disk that is not among the images")


def volumes_of(document: fstab.Fstab, scope: Scope) -> Mapping[int, Resolved]:
    """Return by line the volume that it names; None where it names none (tmpfs, nfs, a file)."""
    facts = scope.facts
    if isinstance(facts.volumes, Unknown):
        return {number: facts.volumes for number, _ in document.entries}
    root = next((mount.device for mount in facts.mounts if mount.path == "/"), None)
    return resolve_lines(document.entries, facts.images, facts.volumes, root=root)


def lines(document: fstab.Fstab, scope: Scope) -> Iterator[tuple[int, fstab.Entry, FstabLine]]:
    """Yield line number, entry, and what `where:` sees of it."""
    volumes = volumes_of(document, scope)
    for number, entry in document.entries:
        seen = FstabLine(
            spec=entry.spec,
            mount_point=entry.file,
            type=entry.fstype,
            options=entry.options,
            resolved=_resolved(entry, volumes[number], scope),
        )
        yield number, entry, seen


def _resolved(entry: fstab.Entry, volume: Resolved, scope: Scope) -> Flag:
    if not isinstance(volume, Unknown):
        return True
    # A mapping may sit on something that only the running guest can open (LUKS, multipath): not ours to judge.
    if isinstance(scope.facts.volumes, Unknown) or entry.kind in (SpecKind.MAPPER, SpecKind.LVM):
        return volume
    return False
