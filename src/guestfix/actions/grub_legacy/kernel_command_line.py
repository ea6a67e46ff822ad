"""`kernel_command_line`: edit the command line of every Linux kernel in the menu, and that of later ones."""

from __future__ import annotations

import re

from guestfix.actions._command_line import CommandLineParams, Said, edit
from guestfix.formats import kernel_cmdline
from guestfix.formats.grub_legacy import GrubLegacy, Kernel, Setting
from guestfix.rules.action import Edited, Scope, Step

_MAGIC = re.compile("kopt(_[a-z0-9_]+)?")
"""Debian's update-grub makes new entries from `# kopt=`, or `# kopt_2_6=` for kernels of that series."""


def run(document: GrubLegacy, params: CommandLineParams, scope: Scope, path: str) -> Edited[GrubLegacy]:
    """Return the menu with every kernel's command line edited by whole words."""
    tails: dict[Kernel | Setting, str] = {}
    said = Said()
    for entry in document.entries:
        if entry.kernel is not None:
            line = kernel_cmdline.parse_text(entry.kernel.command_line)
            edited, sentences = edit(line, params, scope, kernel=entry.kernel.path)
            if sentences:
                tails[entry.kernel] = edited.text
            said.add(entry.kernel.line, sentences)
    for magic in document.magic:
        if _MAGIC.fullmatch(magic.name):
            edited, sentences = edit(kernel_cmdline.parse_text(magic.value), params, scope)
            if sentences:
                tails[magic] = edited.text
            said.add(magic.line, [f"{magic.name}, for later kernels: {sentence}" for sentence in sentences])
    if not said:
        return Edited(document, why_not="every kernel's command line says all of it already")
    return Edited(document.with_tails(tails), notes=said.notes)


ACTION = Step(summary="Edit the command line of every Linux kernel", params=CommandLineParams, run=run)
