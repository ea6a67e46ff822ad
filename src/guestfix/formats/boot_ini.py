r"""boot.ini, which NTLDR of Windows NT 4 to Server 2003 reads: `[boot loader]` and `[operating systems]`.

Source: Microsoft, "Boot.ini Options Reference" and "BOOT.INI and ARC path naming conventions". Names of sections
and keys are read in any case. A line below `[operating systems]` is a path, `=`, a description in quotes, and
switches. The file is in the code page of the machine; bytes beyond ASCII come back unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from guestfix.formats import lines as text_lines
from guestfix.formats.lines import Line, NotUnderstood

LOADER = "boot loader"
SYSTEMS = "operating systems"

_HEADER = re.compile(r"[ \t]*\[([^\]]*)\][ \t]*")
_ENTRY = re.compile(r"[ \t]*([^=;]*?)[ \t]*=[ \t]*(.*?)[ \t]*")


@dataclass(frozen=True, slots=True)
class Setting:
    """One `key=value`. `line` is its place in `BootIni.lines`."""

    line: int
    section: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class BootIni:
    """The file, line by line."""

    lines: tuple[Line, ...]

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.join(self.lines)

    @property
    def settings(self) -> tuple[Setting, ...]:
        """All entries of all sections, in order; names of sections and keys in small letters."""
        return tuple(each for each in self._read() if isinstance(each, Setting))

    @property
    def not_understood(self) -> tuple[NotUnderstood, ...]:
        """Lines that are neither header, entry, comment nor blank."""
        return tuple(each for each in self._read() if isinstance(each, NotUnderstood))

    def get(self, key: str) -> str | None:
        """Return a setting of the loader; of two the first, which NTLDR takes."""
        found = (each.value for each in self.settings if each.section == LOADER and each.key == key)
        return next(found, None)

    def with_value(self, setting: Setting, value: str) -> BootIni:
        """Return the file in which the entry has another value; what stands before it stays."""
        line = self.lines[setting.line]
        head = line.text[: line.text.index("=") + 1]
        return self._with(setting.line, replace(line, text=head + value))

    def replaced(self, setting: Setting, old: str, new: str) -> BootIni:
        """Return the file with `new` for the first `old` of the entry's line, found in any case."""
        line = self.lines[setting.line]
        text = re.sub(re.escape(old), lambda _: new, line.text, count=1, flags=re.IGNORECASE)
        return self._with(setting.line, replace(line, text=text))

    def without(self, setting: Setting) -> BootIni:
        """Return the file without the line of the entry."""
        return self._with(setting.line)

    def _with(self, index: int, *lines: Line) -> BootIni:
        return BootIni((*self.lines[:index], *lines, *self.lines[index + 1 :]))

    def _read(self) -> Iterator[Setting | NotUnderstood]:
        section = ""
        for index, line in enumerate(self.lines):
            if not line.text.strip() or line.text.lstrip().startswith(";"):
                continue
            if header := _HEADER.fullmatch(line.text):
                section = header[1].strip().lower()
            elif section and (entry := _ENTRY.fullmatch(line.text)):
                yield Setting(index, section, entry[1].lower(), entry[2])
            else:
                yield NotUnderstood(index + 1, line.text, "it is no entry of a section")


def without_switch(value: str, name: str) -> str:
    """Return the value without a switch, in any case, whatever it is set to (`/redirect=COM1`)."""
    tail = _behind_description(value)
    kept = re.sub(rf"[ \t]+/{re.escape(name)}(=[^ \t]*)?(?=[ \t]|$)", "", tail, flags=re.IGNORECASE)
    return value[: len(value) - len(tail)] + kept


def _behind_description(value: str) -> str:
    return value[value.rindex('"') + 1 :] if '"' in value else value


def parse(data: bytes) -> BootIni:
    """Return the model of the file. Raises TooLarge."""
    return BootIni(text_lines.split(data, "boot.ini"))
