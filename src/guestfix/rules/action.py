"""What an action is: the Python behind one verb that a rule may use.

Two kinds exist. A *step* is a verb inside `edit: PATH, as: FORMAT`: it takes a parsed document and gives a new
one. A *verb* stands directly under `do:`: it looks at the guest and proposes changes or findings. Both are pure:
they see facts, the target and files (with what earlier rules staged), and return values.

The name of an action is the name of its module: `guestfix/actions/fstab/disable.py` is the step `disable` of the
format `fstab`, `guestfix/actions/finding.py` is the verb `finding`. The module holds one constant, `ACTION`; a
format's package holds one constant, `FORMAT`. Nothing else has to be edited to add one. Schema, validation and
reference documentation come from the parameter model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from pydantic import ConfigDict

from guestfix.changes import Change, Content, Finding, Note
from guestfix.facts.model import Facts, Model
from guestfix.guest.protocol import GuestReader
from guestfix.initramfs import Initramfs
from guestfix.registry.document import HiveDocument
from guestfix.rules.supplies import Supplies
from guestfix.rules.target import Target


class Params(Model):
    """Base of all parameter models. Field descriptions are the reference documentation."""

    model_config = ConfigDict(arbitrary_types_allowed=True)


P = TypeVar("P", bound=Params)
D = TypeVar("D")


class Scope(Protocol):
    """What an action sees."""

    @property
    def facts(self) -> Facts:
        """What inspection found."""
        ...

    @property
    def target(self) -> Target:
        """Where the guest goes."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """Every setting that rules declare, with the caller's `--set` applied."""
        ...

    @property
    def guest(self) -> GuestReader:
        """The guest's files as this plan leaves them so far."""
        ...

    @property
    def changes(self) -> Sequence[Change]:
        """What earlier rules of this plan change."""
        ...

    @property
    def initramfs(self) -> Mapping[str, Initramfs]:
        """Descriptions of the initramfs images that inspection read, by path."""
        ...

    @property
    def supplies(self) -> Supplies:
        """What the caller brings along: drivers, scripts."""
        ...

    def hive(self, path: str) -> HiveDocument:
        """Return the hive at `path`, in any case, with the edits that this plan holds so far.

        Raises FileMissing, NotAFile and what reading a hive raises.
        """
        ...


class KeptLine(Protocol):
    """A line that stays as it is because its meaning is not known."""

    @property
    def number(self) -> int:
        """Line number, from 1."""
        ...

    @property
    def text(self) -> str:
        """The line."""
        ...

    @property
    def why(self) -> str:
        """What is not understood, for people."""
        ...


@runtime_checkable
class KeepsLines(Protocol):
    """A document that says which of its lines it does not understand; the planner reports them."""

    @property
    def not_understood(self) -> Sequence[KeptLine]:
        """The lines, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Edited(Generic[D]):
    """What a step made of a document.

    Equal documents mean that nothing changed; with no findings either, `why_not` says why.
    """

    document: D
    notes: tuple[Note, ...] = ()
    findings: tuple[Finding, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Step(Generic[D, P]):
    """One verb of a format."""

    summary: str
    params: type[P]
    run: Callable[[D, P, Scope, str], Edited[D]]
    """`run(document, params, scope, path)`; the path is for findings and notes only."""


@dataclass(frozen=True, slots=True)
class Format(Generic[D]):
    """One kind of file that rules can edit. `render(parse(x)) == x` for any bytes x.

    A document with `not_understood` (see `KeepsLines`) has these lines reported.
    """

    summary: str
    parse: Callable[[bytes], D]
    render: Callable[[D], bytes]


@dataclass(frozen=True, slots=True)
class HiveFormat:
    """A kind of file that is never read or written as a whole: steps take and give a `HiveDocument`."""

    summary: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """One file as a verb wants it. `after` None: moved aside."""

    path: str
    after: Content | None
    notes: tuple[Note, ...] = ()
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a verb wants. With neither proposals nor findings, `why_not` says why."""

    proposals: tuple[Proposal, ...] = ()
    findings: tuple[Finding, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Verb(Generic[P]):
    """One verb of `do`."""

    summary: str
    params: type[P]
    run: Callable[[P, Scope], Outcome]
