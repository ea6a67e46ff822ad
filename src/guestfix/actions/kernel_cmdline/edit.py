"""`edit`: edit a kernel command line that is a file."""

from __future__ import annotations

from guestfix.actions import _command_line
from guestfix.actions._command_line import CommandLineParams
from guestfix.changes import Note
from guestfix.formats.kernel_cmdline import KernelCommandLine
from guestfix.rules.action import Edited, Scope, Step


def run(
    document: KernelCommandLine, params: CommandLineParams, scope: Scope, path: str
) -> Edited[KernelCommandLine]:
    """Return the command line edited by whole words."""
    edited, said = _command_line.edit(document, params, scope)
    return Edited(
        edited if said else document,
        notes=tuple(Note(text=sentence) for sentence in said),
        why_not="" if said else "the command line says all of it already",
    )


ACTION = Step(summary="Edit the command line", params=CommandLineParams, run=run)
