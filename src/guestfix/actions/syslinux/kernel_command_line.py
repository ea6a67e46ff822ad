"""`kernel_command_line`: edit the command line of every label that starts Linux, and the common one."""

from __future__ import annotations

from guestfix.actions._command_line import CommandLineParams, Said, edit
from guestfix.formats import kernel_cmdline
from guestfix.formats.syslinux import Entry, Syslinux
from guestfix.rules.action import Edited, Scope, Step

_NOT_LINUX = (".c32", ".com", ".cbt", ".0", ".bs", ".bss", ".bin", ".img")
"""What `kernel` loads by its suffix instead (syslinux doc/syslinux.txt, KERNEL)."""


def run(document: Syslinux, params: CommandLineParams, scope: Scope, path: str) -> Edited[Syslinux]:
    """Return the menu with every kernel's command line edited by whole words."""
    said = Said()
    edited = document
    common = next((each for each in document.settings if each.name == "append"), None)
    if common is not None:
        line, sentences = edit(kernel_cmdline.parse_text(common.value), params, scope)
        edited = edited.with_values({common: line.text}) if sentences else edited
        said.add(common.line, sentences)
    for place, entry in enumerate(document.entries):
        if not _starts_linux(entry) or (entry.append is None and common is not None):
            continue
        now = edited.entries[place]
        kernel = entry.kernel.value if entry.kernel else None
        text = now.append.value if now.append else ""
        line, sentences = edit(kernel_cmdline.parse_text(text), params, scope, kernel=kernel)
        edited = edited.with_append(now, line.text) if sentences else edited
        said.add(entry.line, sentences)
    if not said:
        return Edited(document, why_not="every kernel's command line says all of it already")
    return Edited(edited, notes=said.notes)


def _starts_linux(entry: Entry) -> bool:
    return entry.kernel is not None and not entry.kernel.value.lower().endswith(_NOT_LINUX)


ACTION = Step(summary="Edit the command line of every Linux kernel", params=CommandLineParams, run=run)
