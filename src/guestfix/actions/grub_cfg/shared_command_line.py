"""`shared_command_line`: edit a variable of grub.cfg that boot loader entries take (RHEL 8: `set kernelopts=`)."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions._command_line import CommandLineParams, edit
from guestfix.changes import Note
from guestfix.formats import kernel_cmdline
from guestfix.formats.grub_cfg import GrubCfg
from guestfix.rules.action import Edited, Scope, Step


class SharedCommandLine(CommandLineParams):
    """Which variable, and what its command line should say."""

    variable: str = Field(description="The variable that holds it", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")


def run(document: GrubCfg, params: SharedCommandLine, scope: Scope, path: str) -> Edited[GrubCfg]:
    """Return grub.cfg with the variable's command line edited; one that is not set is not made."""
    values = document.values(params.variable)
    if not values:
        return Edited(document, why_not=f"{params.variable} is not set")
    line, said = edit(kernel_cmdline.parse_text(values[-1]), params, scope)
    return Edited(
        document.with_value(params.variable, line.text) if said else document,
        notes=tuple(Note(text=f"{params.variable}: {sentence}") for sentence in said),
        why_not="" if said else f"{params.variable} says all of it already",
    )


ACTION = Step(summary="Edit the kernel command line in a variable of grub.cfg", params=SharedCommandLine, run=run)
