"""`guestfix apply`: carry out the plan."""

from __future__ import annotations

from typing import Annotated

import typer

from guestfix import operations
from guestfix.cli import options
from guestfix.cli.context import Terminal, cancelling, knowledge_of, source_of
from guestfix.plan import Plan
from guestfix.report.apply_text import apply_page
from guestfix.report.plan_text import plan_page

Approve = Annotated[
    str | None,
    typer.Option(
        "--approve",
        metavar="ID",
        help="Do exactly the plan with this id, as `guestfix plan` printed it, or nothing.",
    ),
]
Force = Annotated[
    bool,
    typer.Option("--force", help="Do what can be done although a finding says the guest will not boot there."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that --output names.")]


def command(
    images: options.Images = None,
    target: options.TargetId = None,
    output: options.Outputs = None,
    in_place: options.InPlace = False,
    overwrite: Overwrite = False,
    approve: Approve = None,
    force: Force = False,
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
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Show the plan, carry it out in an overlay, read everything back, and commit.

    Originals stay beside the new files, a journal stays in the guest, and `guestfix revert` takes it all back. A
    run that fails, or is stopped, leaves the images as they were.
    """
    terminal = Terminal(json=as_json, quiet=quiet, verbose=verbose)
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
    name = options.name_of(images, root)

    def show_plan(plan: Plan) -> None:
        if not as_json:
            terminal.page(plan_page(plan, name, verbose=verbose, applying=True))

    with cancelling() as cancel:
        applied = operations.apply(
            source,
            options.required_target(target),
            options.destination(output, in_place=in_place, root=root, overwrite=overwrite),
            knowledge=knowledge,
            approve=approve,
            force=force,
            on_plan=show_plan,
            progress=terminal.listener,
            cancel=cancel,
        )
    if as_json:
        journal = None if applied.journal is None else applied.journal.model_dump(mode="json")
        written = [str(path) for path in applied.written]
        terminal.data({"plan": applied.plan.model_dump(mode="json"), "journal": journal, "written": written})
    else:
        where = ["--root", str(root)] if root is not None else [str(path) for path in output or images or ()]
        terminal.page(apply_page(applied.journal, where, verified=True))
