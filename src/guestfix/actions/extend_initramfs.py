"""`extend_initramfs`: add the target's storage drivers to the initramfs of every kernel that lacks them."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from guestfix.actions._finding import FindingParams
from guestfix.actions._leftovers import leftovers
from guestfix.actions._supplied import Supplied, supplied
from guestfix.changes import Evidence, Extended, Finding, Note
from guestfix.errors import Refused
from guestfix.facts.model import DriverState, Initramfs, Kernel
from guestfix.initramfs import (
    Extension,
    Generator,
    ModuleIndexes,
    describe_difference,
    extend,
    extend_nash,
    extended,
    read_indexes,
)
from guestfix.rules.action import Outcome, Params, Proposal, Scope, Verb
from guestfix.untrusted import shown

INDEXES = (
    "modules.dep",
    "modules.alias",
    "modules.softdep",
    "modules.symbols",
    "modules.devname",
    "modules.builtin",
    "modules.builtin.modinfo",
)
"""The text files below /lib/modules/VERSION that say what depends on what (depmod(8))."""

LARGEST = 64 * 1024 * 1024
"""Bytes of one module or index that are read at most."""


class ExtendInitramfs(Params):
    """Which images, and what to say where a driver cannot be had."""

    generators: tuple[str, ...] = Field(
        min_length=1, description="Makers of the images that are extended, for example initramfs-tools"
    )
    missing: FindingParams = Field(description="The finding for a kernel that has no such driver at all")
    unreadable: FindingParams = Field(description="The finding for an image that cannot be read or extended")


def run(params: ExtendInitramfs, scope: Scope) -> Outcome:
    """Return one proposal for each image that lacks drivers, and findings for what cannot be helped."""
    proposals: list[Proposal] = []
    findings: list[Finding] = []
    idle: list[str] = []
    for kernel in scope.facts.kernels:
        if kernel.kind in ("rescue", "kdump"):
            idle.append(f"{shown(kernel.version)} is a {kernel.kind} kernel")
            continue
        extra = supplied(scope.supplies.drivers, kernel.version)
        findings.extend(_missing(kernel, extra, params, scope))
        image = kernel.initramfs
        if not isinstance(image, Initramfs):
            if image is not None:
                findings.append(_unreadable(kernel, shown(image.unknown), params))
            idle.append(f"{shown(kernel.version)} has no initramfs that can be read")
        elif image.generator not in params.generators:
            idle.append(f"{shown(image.path)} was not made by {' or '.join(params.generators)}")
        else:
            try:
                proposal = _extension(kernel, image, extra, scope)
            except Refused as refusal:
                findings.append(_unreadable(kernel, refusal.message, params))
                continue
            if proposal is None:
                idle.append(f"{shown(image.path)} has every driver that this kernel has for the target")
            else:
                proposals.append(proposal)
    return Outcome(tuple(proposals), tuple(findings), why_not="; ".join(idle) or "there is no kernel")


def _extension(kernel: Kernel, image: Initramfs, extra: Supplied, scope: Scope) -> Proposal | None:
    directory = kernel.modules_directory
    if directory is None and not extra.files:
        return None
    description = scope.initramfs[image.path]
    indexes = _indexes(directory, scope) if directory else ModuleIndexes({})

    def own(path: str) -> bytes:
        return scope.guest.read(f"{directory}/{path}", limit=LARGEST)

    drivers = scope.supplies.drivers
    over = list(leftovers(description, scope))
    known = extra.over(indexes) if extra.files else indexes
    read = extra.reader(drivers, own) if drivers is not None else own
    wanted = wanted_modules(kernel, scope, extra.names)
    if description.generator is Generator.NASH:
        extension = extend_nash(description, known, read, wanted, version=kernel.version)
        over = []
    else:
        extras = [each.file for each in over]
        extension = extend(description, known, read, wanted, version=kernel.version, extras=extras)
    if extension is None:
        return None
    after = extended(description, extension)
    tail = Extended(tail=extension.tail, listing=tuple(describe_difference(description, after)))
    notes = (*_notes(kernel, image, extension, extra), *(Note(text=each.said) for each in over))
    return Proposal(image.path, tail, notes=notes)


def wanted_modules(kernel: Kernel, scope: Scope, extra: frozenset[str] = frozenset()) -> list[str]:
    """Return the storage drivers of the target that this kernel has as modules, `instead` ones where it must.

    `extra` are modules that were supplied. Network drivers among these that the guest's own root lacks go into
    the initramfs too: udev loads them there.
    """
    readiness = kernel.targets[scope.target.id]
    wanted: list[str] = []
    for need in scope.target.drivers.storage:
        state = {name: readiness.storage.get(name, DriverState.MISSING) for name in (*need.modules, *need.instead)}
        state |= {name: DriverState.ON_DISK for name in state if _lacks(state[name]) and name in extra}
        lacking = any(_lacks(state[name]) for name in need.modules)
        names = need.instead if lacking and need.instead else need.modules
        wanted += [name for name in names if state[name] in (DriverState.ON_DISK, DriverState.IN_INITRAMFS)]
    network = [name for need in scope.target.drivers.network for name in (*need.modules, *need.instead)]
    return wanted + [name for name in network if _lacks(readiness.network.get(name)) and name in extra]


def _lacks(state: DriverState | None) -> bool:
    return state in (DriverState.MISSING, None)


def _indexes(directory: str, scope: Scope) -> ModuleIndexes:
    files = {
        name: scope.guest.read(f"{directory}/{name}", limit=LARGEST)
        for name in INDEXES
        if scope.guest.status(f"{directory}/{name}") is not None
    }
    return read_indexes(files)


def _notes(kernel: Kernel, image: Initramfs, extension: Extension, extra: Supplied) -> Iterator[Note]:
    brought = [path for path in extension.modules if path in extra.packed]
    own = [path for path in extension.modules if path not in extra.packed]
    for paths, whence in ((own, "from its own modules"), (brought, "from the folder of drivers")):
        names = ", ".join(shown(path.rpartition("/")[2].partition(".ko")[0]) for path in paths)
        if names:
            yield Note(text=f"kernel {shown(kernel.version)} gets {names}, {whence}")
    if brought:
        yield Note(text="an initramfs that the guest makes itself later has them only if they are installed in it")
    if not extension.modules or image.generator == Generator.NASH:
        return
    yield Note(text="the module index is written anew over all modules, for udev finds drivers by it")


def _missing(kernel: Kernel, extra: Supplied, params: ExtendInitramfs, scope: Scope) -> Iterator[Finding]:
    readiness = kernel.targets[scope.target.id]
    lacking: list[str] = []
    for need in scope.target.drivers.storage:
        names, instead = (
            [name for name in group if _lacks(readiness.storage.get(name)) and name not in extra.names]
            for group in (need.modules, need.instead)
        )
        if names and (instead or not need.instead) and not need.optional:
            lacking.append(f"{', '.join(names)} for the {need.device}")
    if lacking:
        lacking += extra.refused[:3]
        value = f"kernel {shown(kernel.version)} has no {'; no '.join(lacking)}"
        yield params.missing.finding((Evidence(path=kernel.image, value=value),))


def _unreadable(kernel: Kernel, reason: str, params: ExtendInitramfs) -> Finding:
    return params.unreadable.finding((Evidence(path=kernel.image, value=reason),))


ACTION = Verb(
    summary="Add the target's storage drivers to the initramfs of every kernel that lacks them",
    params=ExtendInitramfs,
    run=run,
)
