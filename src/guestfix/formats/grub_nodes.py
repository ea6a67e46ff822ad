"""What a grub.cfg is made of, as far as booting is concerned. `line` counts from 1.

`start` and `end` are places in the text of the one document that a node belongs to; after an edit take the nodes
of the new document. `entry` is the index of the menu entry in `GrubCfg.entries`, None outside of one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_KERNEL = re.compile(r"(.*/)?(vmlinu[xz]|linux|kernel|bzImage|Image)([-_.].*)?")


@dataclass(frozen=True, slots=True)
class LinuxCommand:
    """A `linux`, `linux16` or `linuxefi` line."""

    line: int
    name: str
    kernel: str
    command_line: str
    """The arguments as written, GRUB's quotes and variables kept."""
    arguments: tuple[str, ...]
    """The arguments as GRUB passes them on, but for variables."""
    start: int
    end: int
    entry: int | None

    @property
    def starts_linux(self) -> bool:
        """Whether this is Linux, by name or by root=: memtest86+ and others are loaded by the same command."""
        return bool(_KERNEL.fullmatch(self.kernel)) or any(word.startswith("root=") for word in self.arguments)


@dataclass(frozen=True, slots=True)
class InitrdCommand:
    """An `initrd` line and its relatives: the images, in order."""

    line: int
    images: tuple[str, ...]
    entry: int | None


@dataclass(frozen=True, slots=True)
class Setting:
    """`set name=value` or `name=value`; `value` is as written without quotes, variables kept."""

    line: int
    name: str
    value: str
    start: int
    end: int
    entry: int | None


@dataclass(frozen=True, slots=True)
class Search:
    """A `search` line: which variable it sets, by "fs-uuid", "label" or "file", and what it looks for."""

    line: int
    variable: str
    by: str
    value: str
    entry: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A menuentry or submenu. `path` is what GRUB calls it by number: "0", "1>0"; `parent` is an index."""

    line: int
    title: str
    id: str
    classes: tuple[str, ...]
    path: str
    parent: int | None
    is_submenu: bool
    conditional: bool

    @property
    def depth(self) -> int:
        """0 in the main menu, 1 in its submenus, and so on."""
        return self.path.count(">")
