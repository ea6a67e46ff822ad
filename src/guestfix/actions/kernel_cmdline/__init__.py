"""A file that is one kernel command line, /etc/kernel/cmdline: kernel-install gives it to new kernels."""

from __future__ import annotations

from guestfix.formats import kernel_cmdline
from guestfix.rules.action import Format

FORMAT = Format(
    summary="A kernel command line that is a file of its own, /etc/kernel/cmdline",
    parse=kernel_cmdline.parse,
    render=kernel_cmdline.KernelCommandLine.render,
)
