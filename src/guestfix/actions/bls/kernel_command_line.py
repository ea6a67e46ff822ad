"""`kernel_command_line`: edit the command line of a boot loader entry."""

from __future__ import annotations

from guestfix.actions._command_line import CommandLineParams, edit
from guestfix.changes import Note
from guestfix.formats import kernel_cmdline
from guestfix.formats.bls import BlsEntry
from guestfix.rules.action import Edited, Scope, Step


def run(document: BlsEntry, params: CommandLineParams, scope: Scope, path: str) -> Edited[BlsEntry]:
    """Return the entry with its command line edited by whole words."""
    if document.get("linux") is None:
        return Edited(document, why_not="the entry starts no Linux")
    line = kernel_cmdline.parse_text(document.options)
    version = document.get("version")
    kernel = f"vmlinuz-{version}" if version else document.get("linux")
    edited, said = edit(line, params, scope, kernel=kernel)
    if not said:
        return Edited(document, why_not="the entry says all of it already")
    return Edited(document.with_options(edited.text), notes=tuple(Note(text=sentence) for sentence in said))


ACTION = Step(summary="Edit the kernel command line of the entry", params=CommandLineParams, run=run)
