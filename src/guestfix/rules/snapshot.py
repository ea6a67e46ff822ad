"""Everything in a guest that can be told apart, to see that nothing else has changed."""

from __future__ import annotations

from dataclasses import dataclass

from guestfix.guest.protocol import Attributes, GuestReader, Kind


@dataclass(frozen=True, slots=True)
class Record:
    """One name of a guest."""

    kind: Kind
    content: bytes | str
    attributes: Attributes | None
    """All but a link's; a directory's times move with its names, so they are 0 here."""
    flags: str = ""
    """Of chattr(1)."""


def snapshot(guest: GuestReader) -> dict[str, Record]:
    """Return every name of a small guest with all that stands behind it."""
    found: dict[str, Record] = {}
    waiting = ["/"]
    while waiting:
        path = waiting.pop()
        status = guest.link_status(path)
        if status is None:
            continue
        if status.kind is Kind.SYMLINK:
            found[path] = Record(status.kind, guest.link_target(path), None)
            continue
        attributes = guest.attributes(path)
        flags = guest.protection(path)
        content = guest.read(path) if status.kind is Kind.FILE else b""
        if status.kind is Kind.DIRECTORY:
            plain = Attributes(attributes.uid, attributes.gid, attributes.mode, 0, 0, attributes.xattrs)
            found[path] = Record(status.kind, content, plain, flags)
            waiting += [f"{path.rstrip('/')}/{name}" for name in guest.names(path)]
        else:
            found[path] = Record(status.kind, content, attributes, flags)
    return found


def differences(before: dict[str, Record], after: dict[str, Record]) -> list[str]:
    """Return a line for each name that is not the same in both."""
    lines: list[str] = []
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old is None:
            lines.append(f"{path} is new")
        elif new is None:
            lines.append(f"{path} is gone")
        elif old.content != new.content or old.kind is not new.kind:
            lines.append(f"{path} has other content")
        elif old != new:
            was = f"{old.attributes} {old.flags}"
            lines.append(f"{path} has other attributes: {new.attributes} {new.flags}, was {was}")
    return lines
