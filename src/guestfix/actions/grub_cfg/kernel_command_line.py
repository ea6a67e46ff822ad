"""`kernel_command_line`: edit the command line of every Linux kernel in grub.cfg."""

from __future__ import annotations

from guestfix.actions._command_line import CommandLineParams, Said, edit
from guestfix.formats import kernel_cmdline
from guestfix.formats.grub_cfg import GrubCfg
from guestfix.rules.action import Edited, Scope, Step


def run(document: GrubCfg, params: CommandLineParams, scope: Scope, path: str) -> Edited[GrubCfg]:
    """Return grub.cfg with every kernel's command line edited by whole words, menu entries and all else as is."""
    edited = document
    said = Said()
    for place, command in enumerate(document.linux):
        if not command.starts_linux:
            continue
        line, sentences = edit(
            kernel_cmdline.parse_text(command.command_line), params, scope, kernel=command.kernel
        )
        if sentences:
            edited = edited.with_command_line(edited.linux[place], line.text)
        said.add(command.line, sentences)
    if not said:
        return Edited(document, why_not="every kernel's command line says all of it already")
    return Edited(edited, notes=said.notes)


ACTION = Step(summary="Edit the command line of every Linux kernel", params=CommandLineParams, run=run)
