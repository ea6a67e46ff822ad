"""`kernel_command_line`: edit the kernel command line that a variable holds (GRUB_CMDLINE_LINUX)."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions._command_line import CommandLineParams, edit
from guestfix.changes import Note
from guestfix.formats import kernel_cmdline
from guestfix.formats.shell_variables import ShellVariables
from guestfix.rules.action import Edited, Scope, Step


class KernelCommandLine(CommandLineParams):
    """Which variable, and what its command line should say."""

    variable: str = Field(description="The variable that holds it", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    only_if_assigned: bool = Field(default=False, description="Leave a file alone that does not assign it")


def run(document: ShellVariables, params: KernelCommandLine, scope: Scope, path: str) -> Edited[ShellVariables]:
    """Return the file with the command line edited by whole words."""
    value = document.get(params.variable)
    if value is None and document.is_assigned(params.variable):
        return Edited(document, why_not=f"{params.variable} is computed by shell code and is left alone")
    if value is None and params.only_if_assigned:
        return Edited(document, why_not=f"{params.variable} is not assigned")
    line, said = edit(kernel_cmdline.parse_text(value or ""), params, scope)
    if not said:
        return Edited(document, why_not=f"{params.variable} says all of it already")
    return Edited(
        document.with_value(params.variable, line.text),
        notes=tuple(Note(text=f"{params.variable}: {sentence}") for sentence in said),
    )


ACTION = Step(summary="Edit the kernel command line in a variable", params=KernelCommandLine, run=run)
