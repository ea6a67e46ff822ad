"""`name_boot_devices`: let a boot configuration store name the disks that are there, where it names others."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from guestfix.actions._finding import FindingParams
from guestfix.actions.hive import keys
from guestfix.changes import Evidence, Note
from guestfix.facts.model import Facts, Image, Partition
from guestfix.registry import bcd
from guestfix.registry.document import HiveDocument
from guestfix.registry.draft import Draft
from guestfix.registry.values import ValueType
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown

_MUST: tuple[str, ...] = ("boot manager", "windows loader")


class NameBootDevices(Params):
    """What to say of a device that cannot be told."""

    because: str = Field(min_length=1, description="Why, for the plan")
    unknown: FindingParams = Field(description="The finding for a device of which nobody can tell what it was")


def run(document: HiveDocument, params: NameBootDevices, scope: Scope, path: str) -> Edited[HiveDocument]:
    """Return the store in which every device that is on none of these disks names the one that it must have been.

    It was the partition with the same offset or GUID on a disk that has another identifier now; else the boot
    manager's is the partition that holds the store, and a loader's the one that holds Windows.
    """
    facts = scope.facts
    if not facts.images:
        return Edited(document, why_not="the disks themselves were not given")
    hive, notes, lost = document, [], []
    for found in keys(document, r"Objects\*"):
        kind = _kind(found)
        for element, data in _devices(found):
            device = bcd.device(data)
            if device.kind != "partition" or _place(device, facts.images) is not None:
                continue
            there = _same(device, facts.images) or _by_purpose(kind, facts, path)
            named = _named(*there) if there else None
            if there is None or named is None:
                if kind in _MUST:
                    value = f"{shown(found.name)} ({kind}): disk {device.disk}, partition {device.partition}"
                    lost.append(Evidence(path=path, value=value))
                continue
            where = f"{found.path}\\Elements\\{element}"
            hive = hive.set_value(where, "Element", ValueType.BINARY, bcd.partition_device(named, data))
            notes.append(
                Note(text=f"{shown(found.name)} ({kind}) is on {there[1].device} of these disks: {params.because}")
            )
    findings = (params.unknown.finding(tuple(lost)),) if lost else ()
    return Edited(hive, tuple(notes), findings, why_not="every device that it names is on these disks")


def _kind(found: Draft) -> str:
    description = found.key("Description")
    kind = description.value("Type") if description else None
    return bcd.kind_of((kind.number if kind else None) or 0)


def _devices(found: Draft) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of every element that is a device: the format is in the number (BcdElementType)."""
    elements = found.key("Elements")
    for key in elements.children.values() if elements else ():
        value = key.value("Element")
        if value is not None and len(key.name) == 8 and key.name[1] == "1":
            yield key.name, value.data


def _place(device: bcd.Device, images: tuple[Image, ...]) -> tuple[Image, Partition] | None:
    """Return the partition that a device names."""
    return next((found for found in _alike(device, images) if _identifier(found[0]) == device.disk), None)


def _same(device: bcd.Device, images: tuple[Image, ...]) -> tuple[Image, Partition] | None:
    """Return the one partition that is where the device says, on a disk with another identifier."""
    found = list(_alike(device, images))
    return found[0] if len(found) == 1 else None


def _alike(device: bcd.Device, images: tuple[Image, ...]) -> Iterator[tuple[Image, Partition]]:
    for image in images:
        for part in image.partitions if image.table == device.table else ():
            named = str(part.start) if device.table == "mbr" else (part.uuid or "").lower()
            if named == device.partition:
                yield image, part


def _by_purpose(kind: str, facts: Facts, store: str) -> tuple[Image, Partition] | None:
    holds = [
        mount for mount in facts.mounts if mount.path == "/" or store.startswith(mount.path.rstrip("/") + "/")
    ]
    store_device = max(holds, key=lambda mount: len(mount.path)).device if holds else None
    device = {"boot manager": store_device, "windows loader": facts.os.root}.get(kind)
    parts = ((image, part) for image in facts.images for part in image.partitions)
    return next((found for found in parts if found[1].device == device), None)


def _identifier(image: Image) -> str:
    return (image.identifier or "").lower()


def _named(image: Image, partition: Partition) -> bcd.Device | None:
    """Return a partition as a store names it; None if its disk or it has no identifier."""
    if image.table == "mbr" and _identifier(image):
        return bcd.Device("partition", "mbr", _identifier(image), str(partition.start))
    if image.table == "gpt" and _identifier(image) and partition.uuid:
        return bcd.Device("partition", "gpt", _identifier(image), partition.uuid.lower())
    return None


ACTION = Step(summary="Let the store name the disks that are there", params=NameBootDevices, run=run)
