"""Files of shell assignments as rules see them: /etc/default/grub, /etc/sysconfig/* and the like."""

from __future__ import annotations

from guestfix.formats import shell_variables
from guestfix.rules.action import Format

FORMAT = Format(
    summary="NAME=value assignments, as a POSIX shell reads them",
    parse=shell_variables.parse,
    render=shell_variables.ShellVariables.render,
)
