"""Lists of kernel modules as rules see them: /etc/initramfs-tools/modules, modules-load.d and the like."""

from __future__ import annotations

from guestfix.formats import module_list
from guestfix.rules.action import Format

FORMAT = Format(
    summary="One kernel module a line: /etc/initramfs-tools/modules, modules-load.d(5)",
    parse=module_list.parse,
    render=module_list.ModuleList.render,
)
