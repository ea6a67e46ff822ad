"""`guestfix revert`: take everything back."""

from __future__ import annotations

from typing import Annotated

import typer

from guestfix import operations
from guestfix.cli import options
from guestfix.cli.context import Terminal, cancelling, source_of
from guestfix.report.revert_text import revert_page

Force = Annotated[
    bool,
    typer.Option("--force", help="Also where the guest has changed a file since, or an original is lost."),
]


def command(
    images: options.Images = None,
    force: Force = False,
    output: options.Outputs = None,
    in_place: options.InPlace = False,
    image_format: options.Format = None,
    allow_backing: options.AllowBacking = None,
    root: options.RootDirectory = None,
    root_device: options.RootDevice = None,
    key: options.Keys = None,
    accel: options.Accelerate = "auto",
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Put every original back, byte for byte, and remove what was created. No trace of guestfix stays.

    Files that the guest changed since are not overwritten, unless --force says so.
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
    with cancelling() as cancel:
        reverted = operations.revert(
            source,
            options.destination(output, in_place=in_place, root=root),
            force=force,
            progress=terminal.listener,
            cancel=cancel,
        )
    if as_json:
        terminal.data(reverted.model_dump(mode="json"))
    else:
        terminal.page(revert_page(reverted, options.name_of(images, root)))
