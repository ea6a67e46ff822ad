"""A small world for the rule engine: one format, a few steps and verbs, one guest's facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest
from pydantic import Field

from guestfix.actions.finding import ACTION as FINDING
from guestfix.actions.move_aside import ACTION as MOVE_ASIDE
from guestfix.actions.write import ACTION as WRITE
from guestfix.changes import Extended, Finding, Note, Severity
from guestfix.errors import Refused
from guestfix.facts.model import (
    BootLoader,
    Facts,
    Firmware,
    Fstab,
    Kernel,
    Network,
    OperatingSystem,
    Unknown,
    Volume,
)
from guestfix.guest.memory import MemoryGuest
from guestfix.guest.protocol import GuestReader
from guestfix.initramfs import Initramfs
from guestfix.rules import ruleset, source
from guestfix.rules.action import Edited, Format, Outcome, Params, Proposal, Scope, Step, Verb
from guestfix.rules.catalogue import Actions, Editable
from guestfix.rules.conditions.condition import ALWAYS, Condition, Over
from guestfix.rules.ruleset import RuleSet
from guestfix.rules.supplies import NOTHING, Supplies
from guestfix.rules.target import Drivers, Hardware, Need, Target


@dataclass(frozen=True)
class Line:
    """One line as `where` sees it."""

    number: int
    text: str
    words: tuple[str, ...]
    device: str | Unknown | None = None

    @property
    def comment(self) -> bool:
        return self.text.startswith("#")


class Broken(Refused):
    code = "GF-TEST-BROKEN"


@dataclass(frozen=True)
class Odd:
    number: int
    text: str
    why: str = "it begins with a question mark"


class Lines(tuple[str, ...]):
    """A document: its lines. Those that begin with a question mark are not understood."""

    __slots__ = ()

    @property
    def not_understood(self) -> tuple[Odd, ...]:
        return tuple(Odd(number, text) for number, text in enumerate(self, 1) if text.startswith("?"))


def parse(data: bytes) -> tuple[str, ...]:
    if b"\0" in data:
        raise Broken("a NUL in a text file", hint="remove it")
    return Lines(data.decode("utf-8", "surrogateescape").split("\n"))


def render(document: tuple[str, ...]) -> bytes:
    return "\n".join(document).encode("utf-8", "surrogateescape")


class Drop(Params):
    where: Annotated[Condition, Over(Line)] = ALWAYS
    because: str = "it is not wanted"


def drop(document: tuple[str, ...], params: Drop, scope: Scope, path: str) -> Edited[tuple[str, ...]]:
    kept, notes = [], []
    for number, text in enumerate(document, 1):
        line = Line(number, text, tuple(text.split()), Unknown(unknown="no disks were read"))
        if text and params.where.holds(scope, line) is True:
            notes.append(Note(text=params.because, line=number))
        else:
            kept.append(text)
    return Edited(tuple(kept), tuple(notes), why_not="" if notes else "no such line")


class Append(Params):
    line: str = Field(min_length=1, pattern=r"^[^\n]*$")
    times: int = 1
    words: tuple[str, ...] = ()
    report: bool = False


def append(document: tuple[str, ...], params: Append, scope: Scope, path: str) -> Edited[tuple[str, ...]]:
    line = " ".join([params.line, *params.words])
    findings = (
        (Finding(code="GF-TEST-SEEN", severity=Severity.INFO, message=f"seen {path}", why="w", remedy="r"),)
        if params.report
        else ()
    )
    if line in document:
        return Edited(document, findings=findings, why_not=f"has the line {line} already")
    end = [line] * params.times + [""]
    return Edited((*document[:-1], *end), (Note(text=f"adds {line}"),), findings)


TOLD = Finding(code="GF-TEST-TOLD", severity=Severity.INFO, message="m", why="w", remedy="r")


class Nothing(Params):
    pass


class Tail(Params):
    path: str
    tail: str


@dataclass
class World:
    """What a plan is made from; tests change what they are about."""

    facts: Facts
    target: Target
    settings: dict[str, Any] = field(default_factory=dict)
    guest: GuestReader = field(default_factory=MemoryGuest)
    initramfs: Mapping[str, Initramfs] = field(default_factory=dict)
    supplies: Supplies = NOTHING


@pytest.fixture
def actions() -> Actions:
    steps: dict[str, Step[Any, Any]] = {
        "drop": Step("Drop lines", Drop, drop),
        "append": Step("Append a line", Append, append),
        "tell": Step(
            "Tells and changes nothing", Nothing, lambda document, *rest: Edited(document, findings=(TOLD,))
        ),
        "silent": Step("Does nothing and says nothing", Nothing, lambda document, *rest: Edited(document)),
    }
    verbs: dict[str, Verb[Any]] = {
        "finding": FINDING,
        "write": WRITE,
        "move_aside": MOVE_ASIDE,
        "extend": Verb(
            "Add to the end",
            Tail,
            lambda params, scope: Outcome(
                (Proposal(params.path, Extended(tail=params.tail.encode(), listing=("a",))),)
            ),
        ),
        "silent": Verb("Does nothing and says nothing", Nothing, lambda params, scope: Outcome()),
    }
    return Actions({"lines": Editable(Format("Lines of text", parse, render), steps)}, verbs)


@pytest.fixture
def world() -> World:
    unknown = Unknown(unknown="no os-release")
    facts = Facts(
        images=(),
        volumes=(
            Volume(device="/dev/sda1", kind="partition", type="ext4", uuid="1111-aaaa", size=10),
            Volume(device="/dev/sda2", kind="partition", type=Unknown(unknown="unreadable"), size=20),
        ),
        mounts=(),
        firmware=Firmware(bios=True, uefi=Unknown(unknown="no ESP was read"), why="boot code"),
        os=OperatingSystem(
            family="linux",
            distribution="debian",
            like=("ubuntu",),
            version="12",
            name="Debian",
            architecture="x86_64",
            init=unknown,
            package_manager="dpkg",
            hostname="h",
            root="/dev/sda1",
        ),
        boot=BootLoader(loader="grub2", default="0", timeout=5, files=("/boot/grub/grub.cfg",)),
        kernels=(
            Kernel(
                version="5.10.0-21-amd64",
                image="/boot/vmlinuz",
                initramfs=None,
                modules_directory=None,
                modules_on_disk=0,
                modules_built_in=0,
            ),
        ),
        fstab=Fstab(path="/etc/fstab"),
        network=Network(in_charge="ifupdown", dhcp_client="dhclient"),
    )
    target = Target(
        id="kvm",
        summary="KVM",
        source=("s",),
        firmware=("bios",),
        drivers=Drivers(storage=(Need(device="d", modules=("virtio_blk",)),), network=()),
        proof=(Hardware(disk="virtio-blk", nic="virtio-net"),),
    )
    return World(facts, target, {"network": "dhcp", "timeout": 3, "drivers": ("a", "b")})


Build = Callable[..., RuleSet]

EXAMPLES = """
examples:
  - name: nothing is there
    before: {}
    unchanged: absent
"""


@pytest.fixture
def build(actions: Actions) -> Build:
    """Make rules of their texts: `build(linux__a="...")`; examples are added where there are none."""

    def made(**texts: str) -> RuleSet:
        nodes = {}
        for name, text in texts.items():
            rule_id = name.replace("__", "/")
            whole = text if "examples:" in text else text.rstrip() + EXAMPLES
            nodes[rule_id], problems = source.read(f"{rule_id}.yaml", whole.encode())
            assert not problems
        return ruleset.build(nodes, actions)

    return made
