"""The overlay as a redo log: names, the manifest that decides a commit, and finishing one that was cut short.

Beside each image lies `NAME.guestfix-overlay.qcow2`. The manifest `NAME.guestfix-redo.json` beside the first image
is the decision: without it the overlays are worthless, with it they are committed, now or by the next run. Images
after the first have a file of the same name beside them that says whose manifest counts. Once every overlay is in
its image, the manifest is rewritten as `committed`; only then are overlays removed, so a missing overlay is never
mistaken for one that was committed.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from guestfix.disks import chain, qemu_img
from guestfix.disks.errors import (
    HostRefused,
    NoSpace,
    RedoIncomplete,
    RedoLogDamaged,
)
from guestfix.disks.formats import examine
from guestfix.disks.headers_model import Format, ImageHeader
from guestfix.untrusted import shown

_MOST_MANIFEST = 1 << 20
Progress = Callable[[str], None]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    image: str
    format: Format


class _Manifest(BaseModel):
    """`first` is the manifest that counts; the entries are those of the first one only. Paths are relative."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: Literal[1] = 1
    first: str
    committed: bool = False
    images: tuple[_Entry, ...] = ()


def overlay_of(image: Path) -> Path:
    """Return the overlay's name; `image` is a real path."""
    return image.with_name(image.name + ".guestfix-overlay.qcow2")


def manifest_of(image: Path) -> Path:
    """Return the manifest's name; `image` is a real path."""
    return image.with_name(image.name + ".guestfix-redo.json")


@contextmanager
def host_errors(path: Path) -> Iterator[None]:
    """Turn what the host says against a file operation into NoSpace or HostRefused."""
    try:
        yield
    except OSError as problem:
        name = shown(str(path))
        if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoSpace(
                f"no space is left for {name}", hint="make room, then run the same command again"
            ) from problem
        raise HostRefused(
            f"the host does not allow work on {name}: {problem.strerror}",
            hint="check permissions and mount options",
        ) from problem


def sync(path: Path) -> None:
    """Wait until a file or folder is on its disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def decide(headers: Sequence[ImageHeader]) -> None:
    """Write the manifest: from here on the overlays will be committed, by this run or a later one."""
    first = headers[0].path
    for header in headers[1:]:
        _write(header.path, _Manifest(first=os.path.relpath(manifest_of(first), header.path.parent)))
    _write(first, _manifest(headers))


def finish(headers: Sequence[ImageHeader], progress: Progress) -> None:
    """Commit every overlay of a decided commit and clean up; can be repeated from any point."""
    for header in headers:
        progress(f"committing {shown(header.path.name)}")
        qemu_img.commit(overlay_of(header.path))
        with host_errors(header.path):
            sync(header.path)
    progress("all overlays are committed")
    _write(headers[0].path, _manifest(headers, committed=True))
    clean_up([header.path for header in headers], progress)


def clean_up(images: Sequence[Path], progress: Progress) -> None:
    """Remove overlays, then manifests, that of the first image last."""
    manifests = [manifest_of(image) for image in reversed(images)]
    for file in [*map(overlay_of, images), *map(_part_of, manifests), *manifests]:
        progress(f"removing {shown(file.name)}")
        with host_errors(file):
            if os.path.lexists(file):
                file.unlink()
                sync(file.parent)


def recover(paths: Sequence[Path], allow_backing: Sequence[Path] = ()) -> str | None:
    """Finish or forget what an earlier run left beside these images; call it before anything else opens them.

    The caller holds exclusive locks on all of them. Returns a sentence on what was done, None if nothing was.
    Raises RedoIncomplete if images of a decided commit were not named, RedoLogDamaged, and what `examine`,
    `chain.resolve` and `qemu_img.commit` raise; the decision stands in every case.
    """
    images = [Path(os.path.realpath(path)) for path in paths]
    done = [
        sentence for manifest in _decisions(images) if (sentence := _complete(manifest, images, allow_backing))
    ]
    left = [image for image in images if os.path.lexists(overlay_of(image))]
    clean_up([image for image in images if image in left or os.path.lexists(manifest_of(image))], lambda _: None)
    if left:
        names = ", ".join(shown(image.name) for image in left)
        done.append(f"removed what an interrupted run had prepared for {names}; the images had not been changed")
    return "; ".join(done) or None


def _decisions(images: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for image in images:
        own = manifest_of(image)
        manifest = _read(own)
        if manifest is None:
            continue
        first = Path(os.path.realpath(own.parent / manifest.first))
        if first not in found and os.path.lexists(first):
            found.append(first)
    return found


def _complete(path: Path, images: Sequence[Path], allow_backing: Sequence[Path]) -> str | None:
    manifest = _read(path)
    if manifest is None or not manifest.images:
        raise _is_damaged(path, "it names no images")
    entries = [(Path(os.path.realpath(path.parent / entry.image)), entry.format) for entry in manifest.images]
    missing = [image for image, _ in entries if image not in images]
    if missing:
        names = " ".join(shown(str(image)) for image, _ in entries)
        raise RedoIncomplete(
            "an interrupted commit to several images has to be finished first, and not all of them were named",
            hint=f"name all images of the guest: {names}",
        )
    if path != manifest_of(entries[0][0]):
        raise _is_damaged(path, "it does not lie beside its first image")
    if manifest.committed:
        clean_up([image for image, _ in entries], lambda _: None)
        return None
    headers = [_checked(path, image, name, allow_backing) for image, name in entries]
    finish(headers, lambda _: None)
    return f"finished an interrupted commit to {', '.join(shown(image.name) for image, _ in entries)}"


def _checked(manifest: Path, image: Path, name: Format, allow_backing: Sequence[Path]) -> ImageHeader:
    """Trust neither manifest nor overlay, which may have come with the image: write to no file but the image."""
    overlay = overlay_of(image)
    if overlay.is_symlink() or not overlay.is_file():
        raise _is_damaged(manifest, f"the overlay {shown(overlay.name)} is missing")
    references = examine(overlay, "qcow2").references
    told = [(overlay.parent / reference.name, reference.kind, reference.format) for reference in references]
    if [(Path(os.path.realpath(path)), kind, said) for path, kind, said in told] != [(image, "backing", name)]:
        raise _is_damaged(manifest, f"the overlay {shown(overlay.name)} belongs to another image")
    header = examine(image, name)
    chain.resolve(header, allow_backing)
    return header


def _manifest(headers: Sequence[ImageHeader], *, committed: bool = False) -> _Manifest:
    folder = headers[0].path.parent
    return _Manifest(
        first=manifest_of(headers[0].path).name,
        committed=committed,
        images=tuple(
            _Entry(image=os.path.relpath(header.path, folder), format=header.format) for header in headers
        ),
    )


def _write(image: Path, manifest: _Manifest) -> None:
    path = manifest_of(image)
    part = _part_of(path)
    with host_errors(path):
        try:
            with part.open("w", encoding="utf-8") as file:
                file.write(manifest.model_dump_json(indent=1) + "\n")
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        sync(path.parent)


def _part_of(manifest: Path) -> Path:
    return manifest.with_name(manifest.name + ".part")


def _read(path: Path) -> _Manifest | None:
    if not os.path.lexists(path):
        return None
    if path.is_symlink() or not path.is_file():
        raise _is_damaged(path, "it is not a plain file")
    with host_errors(path), path.open("rb") as file:
        data = file.read(_MOST_MANIFEST)
    try:
        return _Manifest.model_validate_json(data)
    except ValidationError as problem:
        raise _is_damaged(path, "its content cannot be understood") from problem


def _is_damaged(path: Path, what: str) -> RedoLogDamaged:
    return RedoLogDamaged(
        f"{shown(str(path))} announces an interrupted commit, but {what}",
        hint="restore the image from a copy; if the file did not come from guestfix, remove it",
    )
