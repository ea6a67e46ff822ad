"""The disk layout at a glance: images with their partitions, and volumes that are no partition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from guestfix.facts.model import Facts, Image, Mount, Partition, Unknown, Volume
from guestfix.report.page import Block, Column, Line, Page, Section, Table, Words, joined, say
from guestfix.report.wording import known, size

_PARTITION_COLUMNS = (
    Column("device"),
    Column("size", right=True),
    Column("type"),
    Column("file system"),
    Column("label"),
    Column("mounted on"),
    Column("UUID"),
)
_VOLUME_COLUMNS = (
    Column("device"),
    Column("size", right=True),
    Column("kind"),
    Column("file system"),
    Column("label"),
    Column("mounted on"),
    Column("UUID"),
)


def layout(facts: Facts) -> Page:
    """Return one section per image and one for volumes that are no partition, if there are any."""
    volumes = () if isinstance(facts.volumes, Unknown) else facts.volumes
    return (
        *(_image(image, volumes, facts.mounts) for image in facts.images),
        *_other_volumes(facts.images, volumes, facts.mounts),
    )


def _image(image: Image, volumes: Iterable[Volume], mounts: Iterable[Mount]) -> Section:
    table = {"mbr": "MBR", "gpt": "GPT", "none": "no partition table"}[image.table]
    about = joined(
        (
            say(f"{size(image.virtual_size)} disk"),
            say(f"a file of {size(image.file_size)}"),
            say(image.format + (f" ({image.variant})" if image.variant else "")),
            say(table),
            say(f"identifier {image.identifier}" if image.identifier else ""),
            say(f"boot code {image.boot_code}"),
        )
    )
    body: list[Block] = [Line(about)]
    if image.partitions:
        by_device = {volume.device: volume for volume in volumes}
        rows = (_partition(part, by_device.get(part.device), mounts) for part in image.partitions)
        body.append(Table(_PARTITION_COLUMNS, tuple(rows)))
    body.extend(Line(say(f"note: {note}")) for note in image.notes)
    return Section(say(f"{image.device} is {image.path}"), tuple(body))


def _partition(partition: Partition, volume: Volume | None, mounts: Iterable[Mount]) -> tuple[Words, ...]:
    flags = f" ({', '.join(partition.flags)})" if partition.flags else ""
    return (
        say(partition.device),
        say(size(partition.size)),
        say((partition.type_name or partition.type) + flags),
        *_holds(partition.device, volume, mounts),
    )


def _other_volumes(
    images: Iterable[Image], volumes: Iterable[Volume], mounts: Iterable[Mount]
) -> Iterator[Section]:
    partitions = {partition.device for image in images for partition in image.partitions}
    rest = [volume for volume in volumes if volume.device not in partitions]
    if rest:
        yield Section(say("Volumes"), (Table(_VOLUME_COLUMNS, tuple(_volume(item, mounts) for item in rest)),))


def _volume(volume: Volume, mounts: Iterable[Mount]) -> tuple[Words, ...]:
    return (
        say(volume.device),
        say(size(volume.size)),
        say(volume.kind),
        *_holds(volume.device, volume, mounts),
    )


def _holds(device: str, volume: Volume | None, mounts: Iterable[Mount]) -> tuple[Words, Words, Words, Words]:
    """Return file system, label, mount points and UUID."""
    places = joined(say(mount.path) for mount in mounts if mount.device == device)
    if volume is None:
        return say(""), say(""), places, say("")
    inside = known(volume.type)
    if volume.part_of:
        inside += say(f" in {volume.part_of}")
    if volume.subvolumes:
        inside += say(f" with {len(volume.subvolumes)} subvolumes")
    return inside, say(volume.label or ""), places, say(volume.uuid or "")
