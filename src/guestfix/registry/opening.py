"""Find a hive in a guest, whatever the case of its path, and open it without reading more than is asked for.

A hive that was not written to its end is read whole, and its logs are replayed over it in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from guestfix.guest.errors import FileMissing
from guestfix.guest.protocol import GuestReader, Kind, chunks
from guestfix.registry import base_block
from guestfix.registry.base_block import BaseBlock
from guestfix.registry.errors import HiveTooLarge
from guestfix.registry.hive import LARGEST, Hive
from guestfix.registry.logs import LARGEST_LOG, recovered
from guestfix.registry.names import folded
from guestfix.untrusted import shown

SUFFIXES: Final = (".LOG", ".LOG1", ".LOG2")
"""What the logs of a hive are called beside its name: one until Windows XP, two since Vista."""


def any_case(guest: GuestReader, path: str) -> str | None:
    """Return the resolved path that Windows would open for `path`; None if there is none.

    Windows does not tell cases apart; its file systems, as Linux mounts them, do. Where several names differ in
    case only, an exact one wins, then the first.
    """
    if (exact := guest.resolve(path)) is not None:
        return exact
    here = "/"
    for part in path.split("/"):
        if not part or part == ".":
            continue
        step = f"{here.rstrip('/')}/{part}"
        found = guest.resolve(step)
        if found is None:
            alike = (name for name in guest.names(here) if folded(name) == folded(part))
            found = next((guest.resolve(f"{here.rstrip('/')}/{name}") for name in alike), None)
        if found is None:
            return None
        here = found
    return here


def spelled(guest: GuestReader, path: str) -> str:
    """Return the path that `path` has or would get, as the disk spells what is there: NTFS tells cases apart."""
    here = ""
    for part in path.strip("/").split("/"):
        here = any_case(guest, f"{here}/{part}") or f"{here}/{part}"
    return here


@dataclass(frozen=True, slots=True)
class Opened:
    """A hive, and the paths of the logs that were replayed over it (none for a clean one)."""

    hive: Hive
    logs: tuple[str, ...] = ()


def open_hive(guest: GuestReader, path: str) -> Hive:
    """Open the hive at `path`, in any case, with what its logs say if it was not written to its end.

    Raises FileMissing, NotAFile, NotAHive, HiveTooLarge, HiveDamaged, HiveUnclean.
    """
    return opened(guest, path).hive


def opened(guest: GuestReader, path: str) -> Opened:
    """Open the hive at `path`, in any case, and say which logs it needed. Raises like `open_hive`."""
    found = any_case(guest, path)
    status = None if found is None else guest.status(found)
    if found is None or status is None or status.kind is not Kind.FILE:
        raise FileMissing(f"there is no file {shown(path)}")
    head = guest.read_at(found, 0, base_block.SIZE)
    if head[:4] != b"regf" or BaseBlock.parse(head).is_clean:
        return Opened(Hive.paged(status.size, partial(guest.read_at, found)))
    logs = _logs(guest, found)
    return Opened(Hive.of(clean_bytes(guest, found, logs)), logs)


def clean_bytes(guest: GuestReader, path: str, logs: Sequence[str], data: bytes | None = None) -> bytes:
    """Return the hive at the resolved `path` with `logs` replayed over it; `data` is it, if it was read already.

    Raises like `open_hive`.
    """
    data = raw_bytes(guest, path) if data is None else data
    return recovered(data, [_whole(guest, log, LARGEST_LOG) for log in logs])


def raw_bytes(guest: GuestReader, path: str) -> bytes:
    """Return the hive at the resolved `path` as it lies there. Raises HiveTooLarge."""
    return _whole(guest, path, LARGEST)


def _logs(guest: GuestReader, path: str) -> tuple[str, ...]:
    """Return the logs beside the hive that hold something, in the order of their names."""
    folder, _, name = path.rpartition("/")
    wanted = {folded(name + suffix) for suffix in SUFFIXES}
    found = [f"{folder}/{entry}" for entry in guest.names(folder or "/") if folded(entry) in wanted]
    return tuple(
        log for log in found if (status := guest.status(log)) and status.kind is Kind.FILE and status.size
    )


def _whole(guest: GuestReader, path: str, limit: int) -> bytes:
    status = guest.status(path)
    if status is not None and status.size > limit:
        raise HiveTooLarge(f"{shown(path)} has {status.size} bytes; guestfix reads {limit} at most")
    return b"".join(chunks(guest, path))
