"""Where proposals of rules become changes: one for each file, whichever rules had a part in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

from guestfix.changes import Before, Change, Content, Extended, HiveEdited, Note, Whole
from guestfix.facts.model import Facts, Initramfs
from guestfix.guest.errors import FileMissing, NotAFile
from guestfix.guest.protocol import GuestReader, Kind, chunks
from guestfix.planning.errors import RulesConflict
from guestfix.planning.view import Staged, StagedView
from guestfix.rules.action import Proposal
from guestfix.rules.rule import Rule
from guestfix.untrusted import shown

KEPT_LIMIT: Final = 256 * 1024
"""Largest file whose old bytes a plan carries, for a diff."""


@dataclass
class _File:
    """One file on its way to a change."""

    before: Before | None
    content: Content | None
    mode: int
    rules: dict[str, str] = field(default_factory=dict)
    """Rule id to summary."""
    notes: list[Note] = field(default_factory=list)


class Staging:
    """Collects proposals. `view` is the guest with all of them in place."""

    def __init__(self, guest: GuestReader, facts: Facts) -> None:
        self.view = StagedView(guest)
        self._guest = guest
        self._known = {
            kernel.initramfs.path: kernel.initramfs
            for kernel in facts.kernels
            if isinstance(kernel.initramfs, Initramfs)
        }
        self._files: dict[str, _File] = {}

    def propose(self, rule: Rule, proposal: Proposal, read: bytes | None = None) -> str | None:
        """Stage a proposal and return its resolved path; None if the file is so already.

        `read` holds the file's bytes as this plan leaves them so far, if it is edited. Raises
        LeadsNowhere, NotAFile, FileMissing, RulesConflict.
        """
        path = self.view.location(proposal.path)
        if self._is_so_already(path, proposal, read):
            return None
        file = self._files.get(path)
        if file is None:
            file = self._files[path] = self._new(path, proposal, read)
        else:
            _check_conflict(path, file, proposal.after, rule)
            file.content = proposal.after
            if file.before is None and read is None:  # an edit keeps the mode that the file was made with
                file.mode = proposal.mode
        file.rules[rule.id] = rule.summary
        file.notes += proposal.notes
        self.view.stage(path, Staged(file.content, file.mode))
        return path

    def changes(self) -> tuple[Change, ...]:
        """Return the changes in the order in which rules first touched the files, less what ends as it began."""
        return tuple(
            Change(
                path=path,
                rules=tuple(file.rules),
                reason="; ".join(dict.fromkeys(file.rules.values())),
                notes=tuple(file.notes),
                before=file.before,
                after=file.content,
                mode=file.mode,
            )
            for path, file in self._files.items()
            if not _ends_as_it_began(file)
        )

    def _is_so_already(self, path: str, proposal: Proposal, read: bytes | None) -> bool:
        status = self.view.status(path)
        if status is not None and status.kind is not Kind.FILE:
            raise NotAFile(
                f"{shown(path)} is no regular file, so it is left alone", hint="look at it, or skip the rule"
            )
        after = proposal.after
        if after is None:
            return status is None
        if isinstance(after, HiveEdited):
            staged = self._files.get(path)
            now = staged.content if staged else None
            return after.operations == (now.operations if isinstance(now, HiveEdited) else ())
        if isinstance(after, Extended):
            if status is None:
                raise FileMissing(f"there is no {shown(path)} to add to")
            return not after.tail
        if status is None or status.size != len(after.data):
            return False
        return after.data == (self.view.read(path, status.size) if read is None else read)

    def _new(self, path: str, proposal: Proposal, read: bytes | None) -> _File:
        before: Before | None = None
        if self._guest.status(path) is not None:
            known = self._known_image(path) if isinstance(proposal.after, Extended) else None
            before = known or _before(self._guest, path, read)
        return _File(before, proposal.after, proposal.mode)

    def _known_image(self, path: str) -> Before | None:
        """Return what inspection computed already: an initramfs is large, and reading it again costs seconds."""
        for known, image in self._known.items():
            if path in {known, self._guest.resolve(known)}:
                return Before(size=image.size, sha256=image.sha256)
        return None


def _before(guest: GuestReader, path: str, read: bytes | None) -> Before:
    digest = hashlib.sha256()
    size = 0
    kept = bytearray()
    for piece in chunks(guest, path) if read is None else [read]:
        digest.update(piece)
        size += len(piece)
        if size <= KEPT_LIMIT:
            kept += piece
    return Before(size=size, sha256=digest.hexdigest(), data=bytes(kept) if size <= KEPT_LIMIT else None)


def _check_conflict(path: str, file: _File, after: Content | None, rule: Rule) -> None:
    others = " and ".join(file.rules)
    if isinstance(file.content, Extended) or isinstance(after, Extended):
        what = "one adds to its end, so no other may touch it"
    elif isinstance(file.content, HiveEdited) != isinstance(after, HiveEdited):
        what = "one edits it as a hive, and the other does not"
    elif after is None and file.content is not None:
        what = "one changes it and the other moves it aside"
    else:
        return
    raise RulesConflict(
        f"{rule.id} and {others} want to change {shown(path)} in ways that exclude each other: {what}",
        hint=f"skip one of them: --skip {rule.id}",
    )


def _ends_as_it_began(file: _File) -> bool:
    if isinstance(file.content, HiveEdited):
        return not file.content.operations and not file.content.logs
    if isinstance(file.content, Whole) and file.before is not None:
        same_size = file.before.size == len(file.content.data)
        return same_size and file.before.sha256 == hashlib.sha256(file.content.data).hexdigest()
    return file.content is None and file.before is None
