"""The files that an image is made of, each one named or allowed by the caller, each one's format known."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from guestfix.disks.errors import ChainLoop, ChainTooDeep, ReferenceRefused
from guestfix.disks.formats import examine
from guestfix.disks.headers_model import ImageHeader, Reference
from guestfix.untrusted import shown

DEEPEST = 16
MOST_FILES = 256
# What QEMU's path_has_protocol takes for a protocol: a colon before the first slash.
_PROTOCOL = re.compile(r"\A[^/]*:")
_WORDS = {"backing": "backing file", "data": "external data file", "extent": "extent"}


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One file of an image and the format in which QEMU opens it. `path` is a real path."""

    path: Path
    format: str


def resolve(header: ImageHeader, allow_backing: Sequence[Path] = ()) -> tuple[ChainLink, ...]:
    """Return all files of an image, itself first.

    Every referenced file must lie, symlinks resolved, in one of the folders `allow_backing`, and QEMU must find
    its format recorded. Raises ReferenceRefused, ChainLoop, ChainTooDeep, and what `examine` raises.
    """
    allowed = tuple(Path(os.path.realpath(folder)) for folder in allow_backing)
    links = [ChainLink(header.path, header.format)]
    _follow(header, allowed, (header.path,), links)
    return tuple(links)


def _follow(
    header: ImageHeader, allowed: tuple[Path, ...], above: tuple[Path, ...], links: list[ChainLink]
) -> None:
    for reference in header.references:
        path = _target(header, reference, allowed)
        if path in above:
            raise ChainLoop(
                f"{shown(str(header.path))} needs {shown(str(path))}, which needs {shown(str(header.path))} again",
                hint="the image is damaged or was tampered with; it cannot be opened",
            )
        if len(above) >= DEEPEST or len(links) >= MOST_FILES:
            raise ChainTooDeep(
                f"{shown(str(above[0]))} is a chain of more than {DEEPEST} images or {MOST_FILES} files",
                hint="flatten it first: qemu-img convert -O qcow2",
            )
        if reference.format is None:
            raise ReferenceRefused(
                f"{shown(str(header.path))} records no format for its backing file {shown(reference.name, 80)}",
                hint="record it: qemu-img rebase -u -b FILE -F FORMAT IMAGE",
            )
        # A raw file refers to nothing, whatever its bytes say; it is only checked to be there.
        below = examine(path, reference.format)
        links.append(ChainLink(path, below.format))
        _follow(below, allowed, (*above, path), links)


def _target(header: ImageHeader, reference: Reference, allowed: tuple[Path, ...]) -> Path:
    what = f"the {_WORDS[reference.kind]} {shown(reference.name)} of {shown(str(header.path))}"
    if _PROTOCOL.match(reference.name):
        raise ReferenceRefused(
            f"{what} is not a plain file name",
            hint="flatten the image on the host that it comes from: qemu-img convert -O qcow2",
        )
    path = Path(os.path.realpath(header.path.parent / reference.name))
    if not any(path.is_relative_to(folder) for folder in allowed):
        raise ReferenceRefused(
            f"{what} is a file that you did not name",
            hint=f"if you trust the image, allow its folder: --allow-backing {shown(str(path.parent))}",
        )
    return path
