"""Lists of kernel modules: /etc/modules, /etc/initramfs-tools/modules, /etc/modules-load.d/*.conf.

One module a line, perhaps with arguments (initramfs-tools, /etc/modules). `#` begins a comment line, and `;` does
for systemd (modules-load.d(5)). To the kernel `-` and `_` in a module's name are the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from guestfix.formats import lines as text_lines
from guestfix.formats.errors import ValueNotWritable
from guestfix.formats.lines import Line, NotUnderstood
from guestfix.untrusted import shown

_BLANKS = " \t\v\f\r"


@dataclass(frozen=True, slots=True)
class ModuleList:
    """The file, line by line."""

    lines: tuple[Line, ...]

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.join(self.lines)

    @property
    def names(self) -> tuple[str, ...]:
        """The listed modules, as written, without arguments."""
        return tuple(name for line in self.lines if (name := _name(line)))

    @property
    def not_understood(self) -> tuple[NotUnderstood, ...]:
        """Lines whose first word cannot be a module's name."""
        return tuple(
            NotUnderstood(number, line.text, "no module name")
            for number, line in enumerate(self.lines, 1)
            if (name := _name(line)) and not _plausible(name)
        )

    def has(self, name: str) -> bool:
        """Return whether a module is listed, `-` and `_` being equal."""
        return _canonical(name) in map(_canonical, self.names)

    def add(self, name: str) -> ModuleList:
        """Return the list with a module at its end, or itself when it is listed. Raises ValueNotWritable."""
        if not _plausible(name):
            raise ValueNotWritable(
                f'"{shown(name)}" is no name of a kernel module.', hint="Use letters, digits, `_`, `-` and `.`."
            )
        if self.has(name):
            return self
        return ModuleList((*text_lines.closed(self.lines), Line(name, text_lines.ending_of(self.lines))))


def parse(data: bytes) -> ModuleList:
    """Return the model of a module list. Raises TooLarge."""
    return ModuleList(text_lines.split(data, "module list"))


def _name(line: Line) -> str:
    words = line.text.strip(_BLANKS).split(None, 1)
    return "" if not words or words[0].startswith(("#", ";")) else words[0]


def _plausible(name: str) -> bool:
    return bool(name) and name.isascii() and name.replace("-", "").replace("_", "").replace(".", "").isalnum()


def _canonical(name: str) -> str:
    return name.replace("-", "_")
