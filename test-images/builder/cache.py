"""What has been built: `$XDG_CACHE_HOME/guestfix`, every entry complete or absent."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path


def folder() -> Path:
    """The cache of guestfix; `~/.cache/guestfix` unless XDG_CACHE_HOME says otherwise."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "guestfix"


def digest_of(parts: Iterable[Path | str]) -> str:
    """A short name for the content of files and for words, in that order."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode()
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:12]


def published(entry: Path, make: Callable[[Path], None]) -> Path:
    """Return the folder `entry`, made by `make` if it is not there.

    `make` fills an unfinished folder that is renamed when complete. A lock makes a second builder of the same
    entry wait for the first; what a killed one left is removed.
    """
    if entry.exists():
        return entry
    entry.parent.mkdir(parents=True, exist_ok=True)
    lock = entry.with_name(entry.name + ".lock")
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if entry.exists():
            return entry
        unfinished = entry.with_name(entry.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        try:
            make(unfinished)
            unfinished.rename(entry)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return entry
