r"""GRUB 0.97's menu, menu.lst or grub.conf: settings, then entries, each from its `title` to the next one.

A command ends at a blank or `=`, and its argument begins behind blanks and `=` (stage2/cmdline.c skip_to), so
`timeout=5`, `timeout 5` and `timeout = 5` are the same. Debian's update-grub keeps its own settings in comments
of one `#` and no blank before the `=`: `# kopt=root=/dev/sda1 ro` is the command line of the next entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from guestfix.formats import lines as text_lines
from guestfix.formats.lines import Line, NotUnderstood

_COMMAND = re.compile(r"[ \t]*+([^ \t=#][^ \t=]*+)[ \t]*+=?[ \t=]*+")
_MAGIC = re.compile(r"#[ \t]([a-z][a-z0-9_.]*+)=(.*)", re.DOTALL)
_OPTION = re.compile(r"--[^ \t]*+[ \t]*+")
_WORD = re.compile(r"[^ \t]++[ \t]*+")
_LINUX = re.compile(r"(.*/|\([^)]*\))?(vmlinu[xz]|linux|kernel|bzImage|Image)([-_.].*)?")
_WORDS = """
blocklist boot bootp cat chainloader cmp color configfile debug default device dhcp displayapm displaymem
embed fallback find findroot foreground background fstest geometry gfxmenu halt help hiddenmenu hide ifconfig
impsprobe initrd install ioprobe kernel lock makeactive map md5crypt module modulenounzip parttype partnew
password pause quit rarp read reboot root rootnoverify savedefault serial setkey setup setvbe splashimage
terminal terminfo testload testvbe tftpserver timeout title unhide uppermem uuid verbose viewport
"""
_KNOWN = frozenset(_WORDS.split())


@dataclass(frozen=True, slots=True)
class Kernel:
    """The line that loads Linux: `kernel`, or `module` under a hypervisor. `start` and `end` are columns in it."""

    line: int
    path: str
    command_line: str
    start: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `number` is what `default` calls it; `kernel` is None where no Linux is loaded."""

    number: int
    line: int
    title: str
    kernel: Kernel | None
    initrd: tuple[str, ...]
    hypervisor: str = ""
    """Path of the hypervisor that loads the kernel, if one does: Xen."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A command before the first entry, or a magic comment; the value begins at column `start`."""

    line: int
    name: str
    value: str
    start: int


@dataclass(frozen=True, slots=True)
class GrubLegacy:
    """The menu, line by line."""

    lines: tuple[Line, ...]

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.join(self.lines)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries in order."""
        found: list[Entry] = []
        for number, name, argument, start in self._commands():
            if name == "title":
                found.append(Entry(len(found), number, argument, None, ()))
            elif found:
                found[-1] = _with_command(found[-1], number, name, argument, start)
        return tuple(found)

    @property
    def settings(self) -> tuple[Setting, ...]:
        """The commands before the first entry."""
        found: list[Setting] = []
        for number, name, argument, start in self._commands():
            if name == "title":
                break
            found.append(Setting(number, name, argument, start))
        return tuple(found)

    @property
    def magic(self) -> tuple[Setting, ...]:
        """The settings of Debian's update-grub."""
        return tuple(
            Setting(number, match[1], match[2], match.start(2))
            for number, line in enumerate(self.lines, 1)
            if (match := _MAGIC.fullmatch(line.text))
        )

    @property
    def not_understood(self) -> tuple[NotUnderstood, ...]:
        """Lines that begin with no command of GRUB."""
        return tuple(
            NotUnderstood(number, self.lines[number - 1].text, "no command of GRUB 0.97")
            for number, name, _, _ in self._commands()
            if name not in _KNOWN
        )

    def get(self, name: str) -> str | None:
        """Return the last value of a setting, or None."""
        found = [setting.value for setting in self.settings if setting.name == name]
        return found[-1] if found else None

    def with_tails(self, tails: Mapping[Kernel | Setting, str]) -> GrubLegacy:
        """Return the menu with other text from column `start` of these nodes on. Raises ValueNotWritable."""
        lines = list(self.lines)
        for node, text in tails.items():
            old = lines[node.line - 1]
            glue = " " if text and node.start and old.text[node.start - 1] not in " \t=" else ""
            tail = glue + text_lines.one_line(text, "a GRUB menu")
            kept = old.text[: node.start] if text else old.text[: node.start].rstrip(" \t")
            lines[node.line - 1] = Line(kept + tail, old.ending)
        return self if tuple(lines) == self.lines else GrubLegacy(tuple(lines))

    def with_setting(self, name: str, value: str) -> GrubLegacy:
        """Return the menu with a setting: in its own last line, or in a new one before the first entry."""
        found = [setting for setting in self.settings if setting.name == name]
        if found:
            return self.with_tails({found[-1]: value}) if found[-1].value != value else self
        at = next((entry.line - 1 for entry in self.entries), len(self.lines))
        before = text_lines.closed(self.lines[:at])
        added = Line(f"{name}={text_lines.one_line(value, 'a GRUB menu')}", text_lines.ending_of(self.lines))
        return GrubLegacy((*before, added, *self.lines[at:]))

    def _commands(self) -> Iterator[tuple[int, str, str, int]]:
        for number, line in enumerate(self.lines, 1):
            match = _COMMAND.match(line.text)
            if match:
                yield number, match[1], line.text[match.end() :].rstrip(" \t\r"), match.end()


def _with_command(entry: Entry, number: int, name: str, argument: str, start: int) -> Entry:
    if name in ("kernel", "module", "modulenounzip"):
        options = 0
        while match := _OPTION.match(argument, options):
            options = match.end()
        word = _WORD.match(argument, options)
        path = word[0].rstrip(" \t") if word else ""
        if word and entry.kernel is None and _LINUX.fullmatch(path):
            arguments = start + word.end()
            kernel = Kernel(number, path, argument[word.end() :], arguments)
            return replace(entry, kernel=kernel)
        if word and name == "kernel" and path.rpartition("/")[2].startswith("xen"):
            return replace(entry, hypervisor=path)
        return replace(entry, initrd=(*entry.initrd, path)) if entry.kernel and name != "kernel" else entry
    if name == "initrd":
        return replace(entry, initrd=(*entry.initrd, *argument.split()))
    return entry


def parse(data: bytes) -> GrubLegacy:
    """Return the model of a GRUB 0.97 menu. Raises TooLarge."""
    return GrubLegacy(text_lines.split(data, "GRUB menu"))
