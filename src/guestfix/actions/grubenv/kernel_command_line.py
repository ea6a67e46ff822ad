"""`kernel_command_line`: edit the kernel command line that a variable of grubenv holds (RHEL 8: kernelopts)."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions._command_line import CommandLineParams, edit
from guestfix.changes import Note
from guestfix.formats import kernel_cmdline
from guestfix.formats.grubenv import Grubenv
from guestfix.rules.action import Edited, Scope, Step


class KernelCommandLine(CommandLineParams):
    """Which variable, and what its command line should say."""

    variable: str = Field(description="The variable that holds it", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")


def run(document: Grubenv, params: KernelCommandLine, scope: Scope, path: str) -> Edited[Grubenv]:
    """Return the block with the command line edited by whole words; one that is not there is not made."""
    value = document.get(params.variable)
    if value is None:
        return Edited(document, why_not=f"{params.variable} is not set")
    line, said = edit(kernel_cmdline.parse_text(value), params, scope)
    return Edited(
        document.with_value(params.variable, line.text) if said else document,
        notes=tuple(Note(text=f"{params.variable}: {sentence}") for sentence in said),
        why_not="" if said else f"{params.variable} says all of it already",
    )


ACTION = Step(summary="Edit the kernel command line in a variable", params=KernelCommandLine, run=run)
