"""`kernel_command_line`: edit the command line of a boot loader entry."""

from __future__ import annotations

from guestfix.actions._command_line import CommandLineParams, edit
from guestfix.changes import Note
from guestfix.formats import kernel_cmdline
from guestfix.formats.bls import BlsEntry
from guestfix.rules.action import Edited, Scope, Step

SHARED = "$kernelopts"
"""RHEL 8 writes this word into every entry; GRUB puts the variable of grubenv, or of grub.cfg, in its place."""


def run(document: BlsEntry, params: CommandLineParams, scope: Scope, path: str) -> Edited[BlsEntry]:
    """Return the entry with its command line edited by whole words.

    Where the entry takes $kernelopts, what is to be added stands there: then it is only looked for what to drop
    or to name by UUID.
    """
    if document.get("linux") is None:
        return Edited(document, why_not="the entry starts no Linux")
    line = kernel_cmdline.parse_text(document.options)
    if any(word.written == SHARED for word in line.words):
        params = params.model_copy(update={"add": (), "consoles": ()})
    version = document.get("version")
    kernel = f"vmlinuz-{version}" if version else document.get("linux")
    edited, said = edit(line, params, scope, kernel=kernel)
    if not said:
        return Edited(document, why_not="the entry says all of it already")
    return Edited(document.with_options(edited.text), notes=tuple(Note(text=sentence) for sentence in said))


ACTION = Step(summary="Edit the kernel command line of the entry", params=CommandLineParams, run=run)
