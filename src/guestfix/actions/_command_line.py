"""Editing a kernel command line, shared by every format that holds one (GRUB's variables, grub.cfg, BLS ...)."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from pydantic import Field

from guestfix.changes import Note
from guestfix.facts.devices import resolve
from guestfix.facts.model import Unknown, Volume
from guestfix.formats.fstab_spec import SpecKind, spec_kind
from guestfix.formats.kernel_cmdline import KernelCommandLine
from guestfix.rules.action import Params, Scope
from guestfix.untrusted import shown

STABLE = frozenset(
    {SpecKind.UUID, SpecKind.LABEL, SpecKind.PARTUUID, SpecKind.PARTLABEL, SpecKind.MAPPER, SpecKind.LVM}
)
SHARED = frozenset({"$kernelopts", "${kernelopts}"})
"""RHEL 8 writes the first into every loader entry; GRUB puts the variable of grubenv or grub.cfg in its place."""


class CommandLineParams(Params):
    """What a kernel command line should say. Words are compared whole; order and quotes stay."""

    root_by_uuid: bool = Field(
        default=False,
        description="Replace device names in root= and resume= by UUIDs; drop a resume= that is gone",
    )
    consoles: tuple[str, ...] = Field(
        default=(), description="Values of console=, in order; the last one becomes /dev/console"
    )
    consoles_elsewhere: tuple[str, ...] = Field(
        default=(),
        description="Consoles that another part of the same command line has: none is to be named here",
    )
    add: tuple[str, ...] = Field(
        default=(), description="Words to have: key=value replaces any other value of key"
    )
    remove: tuple[str, ...] = Field(
        default=(),
        description="Words to drop: `key` whatever its value, or `key=value`; `*`, `?` and [...] match in both",
    )


class Said:
    """What was done to the command lines of one file: each sentence once, with where it was first done."""

    def __init__(self) -> None:
        self._lines: dict[str, list[int]] = {}

    def __bool__(self) -> bool:
        return bool(self._lines)

    def add(self, line: int, sentences: Iterable[str]) -> None:
        """Remember what was done in a line."""
        for sentence in sentences:
            self._lines.setdefault(sentence, []).append(line)

    @property
    def notes(self) -> tuple[Note, ...]:
        """The sentences as notes."""
        return tuple(
            Note(line=lines[0], text=sentence if len(lines) == 1 else f"{sentence} (in {len(lines)} menu entries)")
            for sentence, lines in self._lines.items()
        )


def edit(
    line: KernelCommandLine, params: CommandLineParams, scope: Scope, *, kernel: str | None = None
) -> tuple[KernelCommandLine, list[str]]:
    """Return the command line as `params` want it, and what was done to it, a sentence each.

    `kernel` is the path of the kernel that it starts; without, it may start any, so the oldest has to take it.
    Where the line takes $kernelopts, what is to be added stands there: here things are only dropped or renamed.
    """
    said: list[str] = []
    if any(word.meaning in SHARED for word in line.words):
        params = params.model_copy(
            update={"add": (), "consoles": (), "consoles_elsewhere": params.consoles or params.consoles_elsewhere}
        )
    version = _version(kernel, scope)
    if params.root_by_uuid:
        line = _by_uuid(line, "root", scope, said)
        line = _by_uuid(line, "resume", scope, said)
    for word in _unwanted(line, params):
        line = line.remove_word(word)
        said.append(f"{shown(word)} is dropped")
    for console in line.consoles if params.consoles_elsewhere else ():
        line = line.remove_word(f"console={console}")
        said.append(f"console={shown(console)} is dropped: the same command line names the target's elsewhere")
    for usual in params.add:
        word = scope.target.parameter_for(usual, version)
        key, equals, value = word.partition("=")
        edited = line.with_value(key, value if equals else None)
        if edited != line:
            said.append(f"{word} is added")
        line = edited
    for place, console in enumerate(params.consoles, 1):
        edited = line.with_console(console, last=place == len(params.consoles))
        if edited != line:
            said.append(f"console={console} is added")
        line = edited
    return line, said


def _unwanted(line: KernelCommandLine, params: CommandLineParams) -> list[str]:
    """Return the words that match `remove`, each once, less those that belong there."""
    wanted = {*params.add, *(f"console={console}" for console in params.consoles)}
    found: dict[str, None] = {}
    for pattern in params.remove:
        key, equals, value = pattern.partition("=")
        for word in line.words:
            same_key = fnmatchcase(word.key, key.replace("-", "_"))
            if same_key and (not equals or fnmatchcase(word.value or "", value)) and word.meaning not in wanted:
                found[word.meaning] = None
    return list(found)


def _version(kernel: str | None, scope: Scope) -> str:
    if kernel is not None:
        return kernel.rpartition("/")[2].partition("-")[2]
    normal = [known.version for known in scope.facts.kernels if known.kind == "normal"]
    return normal[-1] if normal else ""


def whose(volume: Volume, spec: str) -> str:
    """Return `, that of DEVICE` for a volume that `spec` does not name in so many words."""
    return "" if volume.device == spec else f", that of {volume.device}"


def _by_uuid(line: KernelCommandLine, key: str, scope: Scope, said: list[str]) -> KernelCommandLine:
    spec = line.get(key)
    facts = scope.facts
    if spec is None or spec_kind(spec) in STABLE or isinstance(facts.volumes, Unknown):
        return line
    volume = resolve(spec, facts.images, facts.volumes)
    if isinstance(volume, Volume) and volume.uuid:
        said.append(f"{key}={shown(spec)} becomes {key}=UUID={volume.uuid}{whose(volume, spec)}")
        return line.with_value(key, f"UUID={volume.uuid}")
    if key == "resume" and spec.startswith("/dev/"):
        said.append(f"resume={shown(spec)} names no disk of this guest and is dropped: the boot would wait for it")
        return line.remove_key(key)
    return line
