"""A guest as a plan leaves it so far: what later rules, and later steps of one rule, see."""

from __future__ import annotations

from dataclasses import dataclass, replace

from guestfix.changes import Content, HiveEdited, Whole
from guestfix.guest import paths
from guestfix.guest.errors import FileMissing, FileTooLarge, NotAFile, NotASymlink
from guestfix.guest.protocol import TEXT_LIMIT, Attributes, GuestReader, Kind, Space, Status
from guestfix.planning.errors import LeadsNowhere
from guestfix.registry import any_case
from guestfix.registry.document import HiveDocument
from guestfix.registry.errors import HiveEditImpossible
from guestfix.registry.opening import Opened, opened
from guestfix.untrusted import shown


@dataclass(frozen=True, slots=True)
class Staged:
    """What a plan makes of one path; `content` None: it is moved aside. `mode` counts where the file is new."""

    content: Content | None
    mode: int


class StagedView:
    """A `GuestReader`: the guest, with staged files in place. Directories that a new file needs are there too."""

    def __init__(self, guest: GuestReader) -> None:
        self.guest = guest
        self._staged: dict[str, Staged] = {}
        self._hives: dict[str, Opened] = {}

    def stage(self, path: str, staged: Staged | None) -> None:
        """Put `staged` at the resolved `path`; None takes back what was staged there."""
        if staged is None:
            self._staged.pop(path, None)
        else:
            self._staged[path] = staged

    def hive(self, path: str) -> HiveDocument:
        """Return the hive at `path`, in any case, with the edits staged so far. Raises like `open_hive`."""
        found = any_case(self, path) or path
        if found not in self._hives:
            self._hives[found] = opened(self.guest, found)
        staged = self._staged.get(found)
        content = staged.content if staged else None
        operations = content.operations if isinstance(content, HiveEdited) else ()
        return HiveDocument(self._hives[found].hive, operations, self._hives[found].logs)

    def location(self, path: str) -> str:
        """Return the resolved path at which a file written to `path` is. Raises LeadsNowhere."""
        location = self.guest.resolve(path) or self._new_location(path)
        if location is None:
            raise LeadsNowhere(
                f"{shown(path)} leads to nothing that could be written inside this guest",
                hint="a link on the way is broken or leads out of the guest; correct it or skip the rule",
            )
        return location

    def _new_location(self, path: str) -> str | None:
        parts = [part for part in path.split("/") if part not in {"", "."}]
        for count in range(len(parts) - 1, -1, -1):
            known = self.guest.resolve("/" + "/".join(parts[:count]))
            if known is None:
                continue
            status = self.guest.status(known)
            if status is None or status.kind is not Kind.DIRECTORY or ".." in parts[count:]:
                return None
            first = paths.join(known, parts[count])
            if self.guest.link_status(first) is not None:  # a link that leads nowhere
                return None
            return paths.join(known, "/".join(parts[count:]))
        return None

    def _holds_new(self, directory: str) -> bool:
        return any(
            path.startswith(directory.rstrip("/") + "/") and staged.content is not None
            for path, staged in self._staged.items()
        )

    # GuestReader

    def resolve(self, path: str) -> str | None:
        """See `GuestReader.resolve`."""
        found = self.guest.resolve(path)
        if found is None:
            new = self._new_location(path) if self._staged else None
            if new is None or not (new in self._staged or self._holds_new(new)):
                return None
            found = new
        staged = self._staged.get(found)
        return None if staged is not None and staged.content is None else found

    def status(self, path: str) -> Status | None:
        """See `GuestReader.status`."""
        found = self.resolve(path)
        return None if found is None else self._status(found)

    def link_status(self, path: str) -> Status | None:
        """See `GuestReader.link_status`."""
        status = self.guest.link_status(path)
        if status is not None and status.kind is Kind.SYMLINK:
            return status
        return self.status(path)

    def _status(self, found: str) -> Status | None:
        status = self.guest.status(found)
        staged = self._staged.get(found)
        if staged is None or staged.content is None:
            if status is None and self._holds_new(found):
                return _new_status(Kind.DIRECTORY, 0, 0o755)
            return status
        if isinstance(staged.content, Whole):
            size = len(staged.content.data)
            return replace(status, size=size) if status else _new_status(Kind.FILE, size, staged.mode)
        if isinstance(staged.content, HiveEdited):
            return status
        return replace(status, size=status.size + len(staged.content.tail)) if status else None

    def link_target(self, path: str) -> str:
        """See `GuestReader.link_target`."""
        if self.guest.link_status(path) is None and self.resolve(path) is not None:
            raise NotASymlink(f"{shown(path)} is no symbolic link")
        return self.guest.link_target(path)

    def names(self, path: str) -> tuple[str, ...]:
        """See `GuestReader.names`."""
        found = self.resolve(path)
        if found is None:
            return ()
        names = set(self.guest.names(found))
        prefix = found.rstrip("/") + "/"
        for staged_path, staged in self._staged.items():
            if staged_path.startswith(prefix):
                name, _, below = staged_path.removeprefix(prefix).partition("/")
                if staged.content is not None:
                    names.add(name)
                elif not below:
                    names.discard(name)
        return tuple(sorted(names))

    def read(self, path: str, limit: int = TEXT_LIMIT) -> bytes:
        """See `GuestReader.read`."""
        found = self._file(path)
        staged = self._staged.get(found)
        if staged is None or staged.content is None:
            return self.guest.read(found, limit)
        if isinstance(staged.content, Whole):
            data, tail = staged.content.data, b""
        elif isinstance(staged.content, HiveEdited):
            raise _is_a_hive(path)
        else:
            data, tail = self.guest.read(found, limit), staged.content.tail
        if len(data) + len(tail) > limit:
            raise FileTooLarge(f"{shown(path)} is larger than {limit} bytes")
        return data + tail

    def read_at(self, path: str, offset: int, length: int) -> bytes:
        """See `GuestReader.read_at`."""
        found = self._file(path)
        staged = self._staged.get(found)
        if staged is None or staged.content is None:
            return self.guest.read_at(found, offset, length)
        if isinstance(staged.content, Whole):
            return staged.content.data[offset : offset + length]
        if isinstance(staged.content, HiveEdited):
            raise _is_a_hive(path)
        status = self.guest.status(found)
        size = status.size if status else 0
        head = self.guest.read_at(found, offset, min(length, size - offset)) if offset < size else b""
        begin = max(0, offset - size)
        return head + staged.content.tail[begin : begin + length - len(head)]

    def attributes(self, path: str) -> Attributes:
        """See `GuestReader.attributes`."""
        found = self._found(path)
        if self.guest.status(found) is not None:
            return self.guest.attributes(found)
        status = self._status(found)
        return Attributes(0, 0, status.mode if status else 0, 0, 0)

    def space(self, path: str) -> Space:
        """See `GuestReader.space`."""
        found = self._found(path)
        while self.guest.status(found) is None and found != "/":
            found = paths.parent(found)
        return self.guest.space(found)

    def protection(self, path: str) -> str:
        """See `GuestReader.protection`; a new file has none."""
        self._found(path)
        return self.guest.protection(path) if self.guest.link_status(path) is not None else ""

    def _found(self, path: str) -> str:
        found = self.resolve(path)
        if found is None:
            raise FileMissing(f"there is no {shown(path)}")
        return found

    def _file(self, path: str) -> str:
        found = self._found(path)
        status = self._status(found)
        if status is None or status.kind is not Kind.FILE:
            raise NotAFile(f"{shown(path)} is no regular file")
        return found


def _is_a_hive(path: str) -> HiveEditImpossible:
    return HiveEditImpossible(
        f"{shown(path)} is edited as a hive, so its bytes are not known before it is written",
        hint="read it as a hive, through `Scope.hive`",
    )


def _new_status(kind: Kind, size: int, mode: int) -> Status:
    return Status(kind, size, mode, 0, 0, 0, 0, 0, inode=0, device=0, links=1)
