"""`guestfix inspect`: what is known about a guest, and what to expect of it on a target."""

from __future__ import annotations

from typing import Annotated

import typer

from guestfix import operations
from guestfix.assessment import Preflight, Verdict
from guestfix.cli import options
from guestfix.cli.context import Terminal, cancelling, knowledge_of, source_of
from guestfix.facts.model import Facts
from guestfix.report.facts_text import facts_page
from guestfix.report.preflight_text import preflight_page
from guestfix.sources import Source

Targets = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        "-t",
        metavar="TARGET",
        help="Say whether it will boot and answer there, and what to do. Repeat, or `all`, for a matrix.",
    ),
]
Schema = Annotated[
    bool, typer.Option("--schema", help="Print the JSON Schema of --json (of --target --json with it) and exit.")
]


def command(
    images: options.Images = None,
    target: Targets = None,
    image_format: options.Format = None,
    allow_backing: options.AllowBacking = None,
    root: options.RootDirectory = None,
    root_device: options.RootDevice = None,
    key: options.Keys = None,
    rules: options.RuleFolders = None,
    skip: options.Skip = None,
    settings: options.Settings = None,
    policy: options.Policy = None,
    drivers: options.Drivers = None,
    first_boot: options.FirstBoot = None,
    nics: options.Nics = None,
    allow_unknown: options.AllowUnknown = False,
    accel: options.Accelerate = "auto",
    schema: Schema = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Show what is on the disks: partitions, system, kernels and their drivers, boot loader, network.

    With --target, say whether the guest will boot and answer there after an `apply` with the same options:
    *supported*, *should work*, *unknown* or *refused*, then what was found and what to do. Exit status 1 if it is
    refused on every target that was named. Nothing is written: the appliance works on a snapshot that is thrown
    away.
    """
    terminal = Terminal(json=as_json, quiet=quiet, verbose=verbose)
    if schema:
        terminal.data((Preflight if target else Facts).model_json_schema(mode="serialization"))
        return
    source = source_of(
        images,
        image_format=image_format,
        allow_backing=allow_backing,
        root=root,
        root_device=root_device,
        keys=key,
        accel=accel,
    )
    knowledge = knowledge_of(
        rules,
        skip=skip,
        settings=options.with_unknown(settings, allowed=allow_unknown),
        policy=policy,
        drivers=drivers,
        first_boot=first_boot,
        nics=nics,
    )
    if target:
        _preflight(source, target, knowledge, terminal, options.name_of(images, root))
        return
    with cancelling() as cancel:
        facts = operations.inspect(source, knowledge=knowledge, progress=terminal.listener, cancel=cancel)
    if as_json:
        terminal.data(facts.model_dump(mode="json"))
    else:
        terminal.page(facts_page(facts))


def _preflight(
    source: Source, targets: list[str], knowledge: operations.Knowledge, terminal: Terminal, guest: str
) -> None:
    with cancelling() as cancel:
        found = operations.preflight(
            source, targets, knowledge=knowledge, progress=terminal.listener, cancel=cancel
        )
    if terminal.json:
        terminal.data(found.model_dump(mode="json"))
    else:
        terminal.page(preflight_page(found, guest, verbose=terminal.verbose))
    if all(each.verdict is Verdict.REFUSED for each in found.assessments):
        raise typer.Exit(1)
