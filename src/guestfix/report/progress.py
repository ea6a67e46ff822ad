"""Progress for a person who waits: one line on stderr for each stage, with the time since the start."""

from __future__ import annotations

from typing import TextIO

from guestfix.progress import Listener, Stage
from guestfix.untrusted import shown


def progress_line(stage: Stage) -> str:
    """Return `[ 12.3 s] launching the appliance: KVM`."""
    detail = f": {shown(stage.detail)}" if stage.detail else ""
    return f"[{stage.seconds:5.1f} s] {shown(stage.name)}{detail}"


def progress_listener(stream: TextIO, *, quiet: bool = False, verbose: bool = False) -> Listener | None:
    """Return what prints stages on `stream`, or None when nobody wants to see them.

    They are printed when `stream` is a terminal, in a pipe only if `verbose`, and never if `quiet`.
    """
    if quiet or not (verbose or stream.isatty()):
        return None

    def listener(stage: Stage) -> None:
        print(progress_line(stage), file=stream, flush=True)

    return listener
