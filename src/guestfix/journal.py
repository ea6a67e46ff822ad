"""The record of an apply, kept in the guest and handed to the caller, from which every byte can be restored.

Here is what it says; `journal_store` keeps it. It lives in the guest, so what is read back is checked like all
that comes from there.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, ValidationError, model_validator

from guestfix import originals
from guestfix.facts.model import Model
from guestfix.guest import paths
from guestfix.guest.errors import AttributeNotSupported
from guestfix.guest.protocol import Attributes
from guestfix.untrusted import shown

MAX_NS: Final = 2**62 * 1_000_000_000
"""Nanoseconds whose seconds fit a time_t; NTFS knows years beyond 60,000."""


class State(StrEnum):
    """How far a run came."""

    BEGUN = "begun"
    WRITTEN = "written"
    """All is in its place; flags are to be restored and the versions before this run to be removed."""
    DONE = "done"
    REVERTING = "reverting"


class EntryKind(StrEnum):
    """What happened to one path."""

    REPLACED = "replaced"
    CREATED = "created"
    MOVED_ASIDE = "moved aside"


def _plain(path: str) -> str:
    if not paths.is_plain(path):
        raise ValueError("not an absolute path in its shortest form")
    return path


def _decoded(text: str) -> bytes:
    """Pydantic writes bytes as base64 of this alphabet, and reads it only where it parsed the JSON itself."""
    return base64.b64decode(text, altchars=b"-_", validate=True)


PlainPath = Annotated[str, AfterValidator(_plain)]
XattrName = Annotated[str, Field(pattern=r"^[^\x00]{1,255}$")]
XattrValue = Annotated[bytes, BeforeValidator(lambda said: _decoded(said) if isinstance(said, str) else said)]


class FileAttributes(Model):
    """`Attributes` as the journal holds them; values of extended attributes are base64."""

    uid: int = Field(ge=0, lt=2**32)
    gid: int = Field(ge=0, lt=2**32)
    mode: int = Field(ge=0, le=0o7777)
    atime_ns: int = Field(ge=-MAX_NS, le=MAX_NS)
    mtime_ns: int = Field(ge=-MAX_NS, le=MAX_NS)
    xattrs: tuple[tuple[XattrName, XattrValue], ...] = ()

    @classmethod
    def of(cls, attributes: Attributes) -> Self:
        """Return the same attributes as a model. Raises AttributeNotSupported."""
        try:
            return cls.model_validate(dataclasses.asdict(attributes))
        except ValidationError as error:
            raise AttributeNotSupported(
                f"a file has attributes that cannot be recorded: {shown(str(error.errors()[0]['loc']))}",
                hint="look at it with stat and getfattr",
            ) from error

    def value(self) -> Attributes:
        """Return them as a guest takes them."""
        return Attributes(self.uid, self.gid, self.mode, self.atime_ns, self.mtime_ns, self.xattrs)


class Version(Model):
    """One version of one file."""

    size: int
    sha256: str
    attributes: FileAttributes


class Entry(Model):
    """One path, before and after. `before` null: it was absent. `after` null: it is."""

    path: PlainPath
    kind: EntryKind
    before: Version | None
    after: Version | None
    original: str | None = Field(description="Where its first version is; null: guestfix made it")
    makes_original: bool = Field(description="Whether this run made that original")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.original not in (None, originals.original_path(self.path)):
            raise ValueError("the original has another name than an original has")
        kinds = {
            EntryKind.REPLACED: (True, True),
            EntryKind.CREATED: (False, True),
            EntryKind.MOVED_ASIDE: (True, False),
        }
        if (self.before is not None, self.after is not None) != kinds[self.kind]:
            raise ValueError("kind and versions do not fit")
        if self.makes_original and (self.original is None or self.before is None):
            raise ValueError("an original of nothing")
        return self

    @property
    def kept(self) -> str | None:
        """Where the version before this run is while it runs."""
        if self.before is None:
            return None
        return self.original if self.makes_original else originals.previous_path(self.path)

    @property
    def staged(self) -> str | None:
        """Where the new content waits."""
        return None if self.after is None else originals.staged_path(self.path)


class Lifted(Model):
    """Flags of chattr(1) that stood in the way and are restored."""

    path: PlainPath | Literal["/"]
    letters: str = Field(pattern="^[ai]{1,2}$")


class Journal(Model):
    """One apply. Paths are resolved; entries are in the order of the plan."""

    schema_version: Literal[1] = 1
    number: int = Field(ge=1, le=9999)
    state: State
    guestfix: str = Field(description="Version that wrote it")
    time: str = Field(description="When the run began, ISO 8601, UTC")
    target: str
    plan: str = Field(description="Identity of the plan that was applied")
    entries: tuple[Entry, ...]
    directories: tuple[PlainPath, ...] = Field(default=(), description="Directories that were made, parents first")
    lifted: tuple[Lifted, ...] = ()
    details: JsonValue = Field(default=None, description="What the caller wants to remember: rules, findings")


def merged(journals: Sequence[Journal]) -> Journal:
    """Return all the runs as if they had been one: each path from its first version to its last.

    A path that is absent again, as it was at first, is left out, and begins anew if a later run names it.
    `journals` is not empty, oldest first.
    """
    entries: dict[str, Entry] = {}
    letters: dict[str, set[str]] = {}
    for journal in journals:
        for entry in journal.entries:
            first = entries.pop(entry.path, entry)
            if first.before is not None or entry.after is not None:
                entries[entry.path] = _joined(first, entry)
        for lifted in journal.lifted:
            letters.setdefault(lifted.path, set()).update(lifted.letters)
    return journals[-1].model_copy(
        update={
            "entries": tuple(entries.values()),
            "directories": tuple(dict.fromkeys(path for journal in journals for path in journal.directories)),
            "lifted": tuple(Lifted(path=path, letters="".join(sorted(found))) for path, found in letters.items()),
        }
    )


def _joined(first: Entry, last: Entry) -> Entry:
    if first.before is None:
        kind = EntryKind.CREATED
    else:
        kind = EntryKind.MOVED_ASIDE if last.after is None else EntryKind.REPLACED
    return Entry(
        path=first.path,
        kind=kind,
        before=first.before,
        after=last.after,
        original=first.original if first.before else None,
        makes_original=first.makes_original,
    )
