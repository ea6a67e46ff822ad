r"""The menu of extlinux and syslinux, extlinux.conf: keywords in any case, then entries, each from its `label`.

`append` of a label replaces the one before the first label. `default` names a label, or a kernel with arguments;
`menu default` inside a label outdoes it where a menu is shown (syslinux doc/menu.txt). `timeout` counts tenths of
a second, and 0 or none means for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from guestfix.formats import lines as text_lines
from guestfix.formats.lines import Line, NotUnderstood

_KEYWORD = re.compile(r"[ \t]*+([^ \t#]++)[ \t]*+")
_WORD = re.compile(r"[^ \t]++[ \t]*+")
_WORDS = """
allowoptions append boot bss com32 config console default devicetree devicetreedir display f0 f1 f10 f11 f12
f2 f3 f4 f5 f6 f7 f8 f9 fdt fdtdir fdtoverlays font implicit include initrd ipappend kbdmap kernel label linux
localboot menu nocomplete noescape nohalt onerror ontimeout path pxe prompt say sendcookies serial sysappend
text timeout totaltimeout ui url
"""
_KNOWN = frozenset(_WORDS.split())


@dataclass(frozen=True, slots=True)
class Value:
    """A keyword and what follows; the value begins at column `start` of its line."""

    line: int
    name: str
    value: str
    start: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One label. `append` is None where it has none of its own."""

    label: str
    line: int
    title: str
    kernel: Value | None
    append: Value | None
    initrd: tuple[str, ...]
    menu_default: bool


@dataclass(frozen=True, slots=True)
class Syslinux:
    """The menu, line by line."""

    lines: tuple[Line, ...]

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.join(self.lines)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The labels in order."""
        found: list[Entry] = []
        for each in self._keywords():
            if each.name == "label":
                found.append(Entry(each.value, each.line, each.value, None, None, (), menu_default=False))
            elif found:
                found[-1] = _with_keyword(found[-1], each)
        return tuple(found)

    @property
    def settings(self) -> tuple[Value, ...]:
        """What stands before the first label, and `default`, `timeout` and such wherever they stand."""
        found: list[Value] = []
        labels = 0
        for each in self._keywords():
            labels += each.name == "label"
            if not labels or each.name in ("default", "timeout", "totaltimeout", "prompt", "ui", "ontimeout"):
                found.append(each)
        return tuple(found)

    @property
    def not_understood(self) -> tuple[NotUnderstood, ...]:
        """Lines that begin with no keyword."""
        return tuple(
            NotUnderstood(each.line, self.lines[each.line - 1].text, "no keyword of syslinux")
            for each in self._keywords()
            if each.name not in _KNOWN
        )

    def get(self, name: str) -> str | None:
        """Return the last value of a setting, or None."""
        found = [setting.value for setting in self.settings if setting.name == name]
        return found[-1] if found else None

    def with_values(self, values: Mapping[Value, str]) -> Syslinux:
        """Return the menu with other values of these nodes. Raises ValueNotWritable."""
        lines = list(self.lines)
        for node, value in values.items():
            old = lines[node.line - 1]
            glue = " " if value and node.start and old.text[node.start - 1] not in " \t" else ""
            tail = glue + text_lines.one_line(value, "a syslinux menu")
            lines[node.line - 1] = Line(old.text[: node.start] + tail, old.ending)
        return self if tuple(lines) == self.lines else Syslinux(tuple(lines))

    def with_append(self, entry: Entry, value: str) -> Syslinux:
        """Return the menu with the arguments of a label, in its own `append` or a new one behind its kernel.

        An `append` of nothing goes away. Raises ValueNotWritable.
        """
        if entry.append is not None and not value:
            at = entry.append.line
            return Syslinux((*self.lines[: at - 1], *self.lines[at:]))
        if entry.append is not None:
            return self.with_values({entry.append: value})
        at = entry.kernel.line if entry.kernel else entry.line
        indent = re.match("[ \t]*", self.lines[at - 1].text)
        added = f"{indent[0] if indent else ''}append {text_lines.one_line(value, 'a syslinux menu')}"
        before = text_lines.closed(self.lines[:at])
        return Syslinux((*before, Line(added, text_lines.ending_of(self.lines)), *self.lines[at:]))

    def with_setting(self, name: str, value: str) -> Syslinux:
        """Return the menu with a setting: in its own last line, or in a new first one."""
        found = [setting for setting in self.settings if setting.name == name]
        if found:
            return self.with_values({found[-1]: value}) if found[-1].value != value else self
        added = Line(f"{name} {text_lines.one_line(value, 'a syslinux menu')}", text_lines.ending_of(self.lines))
        return Syslinux((added, *self.lines))

    def with_default(self, label: str) -> Syslinux:
        """Return the menu that starts `label`; a `menu default` of another label goes. Raises ValueNotWritable."""
        current = ""
        drop: set[int] = set()
        for each in self._keywords():
            current = each.value if each.name == "label" else current
            if each.name == "menu" and each.value.lower() == "default" and current != label:
                drop.add(each.line)
        kept = tuple(line for number, line in enumerate(self.lines, 1) if number not in drop)
        return Syslinux(kept).with_setting("default", label)

    def _keywords(self) -> Iterator[Value]:
        in_text = False
        for number, line in enumerate(self.lines, 1):
            match = _KEYWORD.match(line.text)
            if not match:
                continue
            name, value = match[1].lower(), line.text[match.end() :].rstrip(" \t\r")
            if in_text:
                in_text = name != "endtext"
                continue
            in_text = name == "text" and value.lower() == "help"
            yield Value(number, name, value, match.end())


def _with_keyword(entry: Entry, each: Value) -> Entry:
    if each.name in ("kernel", "linux") and entry.kernel is None:
        return replace(entry, kernel=each)
    if each.name == "append":
        return replace(entry, append=each)
    if each.name == "initrd":
        return replace(entry, initrd=(*entry.initrd, *each.value.replace(",", " ").split()))
    if each.name == "menu":
        word = _WORD.match(each.value)
        what = word[0].strip().lower() if word else ""
        if word and what == "label":
            return replace(entry, title=each.value[word.end() :].replace("^", ""))
        return replace(entry, menu_default=entry.menu_default or what == "default")
    return entry


def parse(data: bytes) -> Syslinux:
    """Return the model of an extlinux.conf. Raises TooLarge."""
    return Syslinux(text_lines.split(data, "syslinux menu"))
