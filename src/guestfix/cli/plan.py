"""`guestfix plan`: what would be done, and why. Nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from guestfix import operations
from guestfix.cli import options
from guestfix.cli.context import Terminal, cancelling, knowledge_of, source_of
from guestfix.cli.html import write_html
from guestfix.plan import Plan
from guestfix.report.plan_text import plan_page

Html = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write the plan as an HTML page as well.")
]
Schema = Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of --json and exit.")]


def command(
    images: options.Images = None,
    target: options.TargetId = None,
    image_format: options.Format = None,
    allow_backing: options.AllowBacking = None,
    root: options.RootDirectory = None,
    root_device: options.RootDevice = None,
    key: options.Keys = None,
    rules: options.RuleFolders = None,
    only: options.Only = None,
    skip: options.Skip = None,
    settings: options.Settings = None,
    policy: options.Policy = None,
    drivers: options.Drivers = None,
    first_boot: options.FirstBoot = None,
    nics: options.Nics = None,
    allow_unknown: options.AllowUnknown = False,
    accel: options.Accelerate = "auto",
    html: Html = None,
    schema: Schema = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Show what `apply` would do, as a diff with reasons, and what a person should know.

    Exit status 1 if a finding says that the guest would not boot or answer.
    """
    terminal = Terminal(json=as_json, quiet=quiet, verbose=verbose)
    if schema:
        terminal.data(Plan.model_json_schema(mode="serialization"))
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
        only=only,
        skip=skip,
        settings=options.with_unknown(settings, allowed=allow_unknown),
        policy=policy,
        drivers=drivers,
        first_boot=first_boot,
        nics=nics,
    )
    with cancelling() as cancel:
        plan = operations.plan(
            source, options.required_target(target), knowledge=knowledge, progress=terminal.listener, cancel=cancel
        )
    name = options.name_of(images, root)
    if html is not None:
        write_html(html, f"Plan for {name}", {"Plan": plan_page(plan, name, verbose=True)})
    if as_json:
        terminal.data(plan.model_dump(mode="json"))
    else:
        terminal.page(plan_page(plan, name, verbose=verbose))
    if any(finding.stands_in_the_way for finding in plan.findings):
        raise typer.Exit(1)
