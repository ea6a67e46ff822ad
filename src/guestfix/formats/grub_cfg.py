r"""A generated GRUB 2 configuration, grub.cfg: menu entries, kernels, and the settings that decide what boots.

The text is kept as it is; the model points into it, and an edit replaces one span. What the script does with
conditions is not evaluated: an entry inside `if` is marked `conditional`, since it may not be in the menu.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from guestfix.formats import grub_script
from guestfix.formats import lines as text_lines
from guestfix.formats.errors import ValueNotWritable
from guestfix.formats.grub_nodes import Entry, InitrdCommand, LinuxCommand, Search, Setting
from guestfix.formats.grub_script import Word
from guestfix.formats.lines import NotUnderstood
from guestfix.untrusted import shown

_LINUX = frozenset({"linux", "linux16", "linuxefi"})
_INITRD = frozenset({"initrd", "initrd16", "initrdefi"})
_WITH_ARGUMENT = frozenset({"--class", "--users", "--hotkey", "--source", "--id", "-c", "-u", "-k", "-s"})
_SEARCH_BY = {"--fs-uuid": "fs-uuid", "-u": "fs-uuid", "--label": "label", "-l": "label"}
_OPENS = frozenset({"if", "while", "until", "for"})
_CLOSES = frozenset({"fi", "done"})
_WHOLE_NUMBER = re.compile("-?[0-9]{1,9}")

DEPTH_LIMIT = 50
"""Blocks in blocks; generated files have two."""


@dataclass(frozen=True, slots=True)
class GrubCfg:
    """The file's text and what was found in it."""

    text: str
    entries: tuple[Entry, ...]
    linux: tuple[LinuxCommand, ...]
    initrds: tuple[InitrdCommand, ...]
    settings: tuple[Setting, ...]
    searches: tuple[Search, ...]
    terminal: tuple[tuple[int, str], ...]
    """`serial` and `terminal_*` commands: line number and words."""
    has_blscfg: bool
    """Whether entries come from /boot/loader/entries as well."""
    not_understood: tuple[NotUnderstood, ...]

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.encode(self.text)

    def values(self, name: str) -> tuple[str, ...]:
        """Return every value that is assigned to a variable, in order, wherever it stands."""
        return tuple(setting.value for setting in self.settings if setting.name == name)

    def kernel_of(self, entry: Entry) -> LinuxCommand | None:
        """Return the first kernel that an entry loads, None for submenus, chain loaders and the like."""
        index = self.entries.index(entry)
        return next((each for each in self.linux if each.entry == index), None)

    def initrd_of(self, entry: Entry) -> InitrdCommand | None:
        """Return the first initrd command of an entry."""
        index = self.entries.index(entry)
        return next((each for each in self.initrds if each.entry == index), None)

    def resolve(self, default: str) -> Entry | None:
        """Return the entry that a value of `default`, GRUB_DEFAULT or saved_entry means.

        A value is a number, a title or an id, or several joined by `>` to reach into submenus (`>>` is a `>` in a
        title; grub-core/normal/menu.c). None: no such entry, or the value holds a variable; GRUB then boots
        entry 0.
        """
        parent: int | None = None
        found: Entry | None = None
        for part in re.split("(?<!>)>(?!>)", default):
            menu = [(index, each) for index, each in enumerate(self.entries) if each.parent == parent]
            wanted = part.replace(">>", ">")
            if re.fullmatch("[0-9]{1,6}", wanted):
                matches = menu[int(wanted) : int(wanted) + 1]
            else:
                matches = [(index, each) for index, each in menu if wanted in (each.title, each.id)]
            if not matches:
                return None
            parent, found = matches[0]
        return found

    def with_command_line(self, linux: LinuxCommand, command_line: str) -> GrubCfg:
        """Return the file with other arguments for one kernel, written as in GRUB script.

        `linux` must be of this very document. Raises ValueNotWritable for text that would end the command.
        """
        self._check_arguments(command_line)
        return self._replacing([(linux.start, linux.end, command_line)])

    def with_command_lines(self, change: Callable[[LinuxCommand], str]) -> GrubCfg:
        """Return the file with the arguments of every kernel replaced by what `change` makes of them."""
        edits = [(linux.start, linux.end, change(linux)) for linux in self.linux]
        for _, _, command_line in edits:
            self._check_arguments(command_line)
        return self._replacing(edits)

    def with_timeout_at_most(self, seconds: int) -> GrubCfg:
        """Return the file with every plain `set timeout=NUMBER` bounded; -1 (for ever) is bounded too."""

        def longer(value: str) -> bool:
            return bool(_WHOLE_NUMBER.fullmatch(value)) and not 0 <= int(value) <= seconds

        return self._assign("timeout", str(seconds), longer)

    def with_default(self, default: str) -> GrubCfg:
        """Return the file with every `set default=` set, but for the one-time `${next_entry}`."""
        text_lines.one_line(default, "grub.cfg")
        return self._assign("default", default, lambda value: "next_entry" not in value)

    def with_value(self, name: str, value: str) -> GrubCfg:
        """Return the file with every assignment to `name`, such as `kernelopts`, changed.

        A `$name` in `value` stays a variable. Raises ValueNotWritable.
        """
        text_lines.one_line(value, "grub.cfg")
        return self._assign(name, value, lambda _: True)

    def with_first(self, name: str, value: str) -> GrubCfg:
        """Return the file with `set name=value` before everything else, for what it does not set anywhere.

        Raises ValueNotWritable.
        """
        text_lines.one_line(value, "grub.cfg")
        return _parse_text(f"set {name}={_written(value)}\n{self.text}")

    def name_of(self, entry: Entry) -> str:
        """Return what GRUB_DEFAULT and saved_entry call an entry, with its submenus: ids, for numbers change.

        An id that could be taken for a number or holds a variable gives the numbers instead.
        """
        chain = [entry]
        while chain[0].parent is not None:
            chain.insert(0, self.entries[chain[0].parent])
        if any(not each.id or each.id.isdigit() or "$" in each.id for each in chain):
            return entry.path
        return ">".join(each.id.replace(">", ">>") for each in chain)

    def _assign(self, name: str, value: str, which: Callable[[str], bool]) -> GrubCfg:
        changed = [
            each for each in self.settings if each.name == name and each.value != value and which(each.value)
        ]
        quoted = _double_quoted(value)
        return self._replacing(
            [
                (each.start, each.end, quoted if self.text[each.start : each.end][:1] == '"' else _written(value))
                for each in changed
            ]
        )

    def _replacing(self, edits: Iterable[tuple[int, int, str]]) -> GrubCfg:
        pieces: list[str] = []
        at = 0
        for start, end, new in sorted(edits):
            glue = " " if new and start == end else ""
            pieces += [self.text[at:start], glue, new]
            at = end
        text = "".join([*pieces, self.text[at:]])
        return self if text == self.text else _parse_text(text)

    def _check_arguments(self, command_line: str) -> None:
        text_lines.one_line(command_line, "grub.cfg")
        found = list(grub_script.commands("linux " + command_line))
        words = found[0].words
        ends_clean = len(found) == 1 and found[0].stop == "" and all(word.is_closed for word in words)
        if not ends_clean or len(("linux " + command_line).rstrip(" \t\r")) != words[-1].end:
            raise ValueNotWritable(
                f'"{shown(command_line)}" cannot stand as kernel arguments in grub.cfg.',
                hint="Quote `;`, `&`, `|`, `<`, `>`, `{`, `}` and a leading `#`, and close every quote.",
            )


class _Reader:
    """Walks the commands once and collects the model."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.entries: list[Entry] = []
        self.linux: list[LinuxCommand] = []
        self.initrds: list[InitrdCommand] = []
        self.settings: list[Setting] = []
        self.searches: list[Search] = []
        self.terminal: list[tuple[int, str]] = []
        self.has_blscfg = False
        self.not_understood: list[NotUnderstood] = []
        self.blocks: list[int | None] = []
        self.open_entries: list[int] = []
        self.conditions = 0
        self.counts: dict[int | None, int] = {}
        self.line = 1
        self.line_at = 0

    def read(self) -> GrubCfg:
        for command in grub_script.commands(self.text):
            words = self._plain(command.words)
            if words and words[0].written in ("menuentry", "submenu") and command.stop == "{":
                self._begin_entry(self._line_of(words[0].start), words)
                continue
            if words:
                self._command(self._line_of(words[0].start), words)
            if command.stop == "{":
                self._begin_block(None)
            elif command.stop == "}":
                self._end_block()
        for index in self.open_entries:
            entry = self.entries[index]
            self.not_understood.append(NotUnderstood(entry.line, entry.title, "a menu entry without an end"))
        return GrubCfg(
            self.text,
            tuple(self.entries),
            tuple(self.linux),
            tuple(self.initrds),
            tuple(self.settings),
            tuple(self.searches),
            tuple(self.terminal),
            self.has_blscfg,
            tuple(self.not_understood),
        )

    def _plain(self, words: Sequence[Word]) -> Sequence[Word]:
        """Return the words of the command behind `then`, `else` and `do`; count the blocks that words open."""
        while words and words[0].written in ("then", "else", "elif", "do", "!"):
            words = words[1:]
        name = words[0].written if words else ""
        self.conditions += (name in _OPENS) - (name in _CLOSES)
        self.conditions = max(self.conditions, 0)
        return words

    def _command(self, line: int, words: Sequence[Word]) -> None:
        name = words[0].value
        entry = self.open_entries[-1] if self.open_entries else None
        if name in _LINUX and len(words) > 1:
            self._linux(line, words, entry)
        elif name in _INITRD:
            self.initrds.append(InitrdCommand(line, tuple(word.value for word in words[1:]), entry))
        elif name == "search":
            self._search(line, words, entry)
        elif name == "serial" or name.startswith("terminal_"):
            self.terminal.append((line, " ".join(word.value for word in words)))
        elif name == "blscfg":
            self.has_blscfg = True
        else:
            self._setting(line, words, entry)

    def _begin_entry(self, line: int, words: Sequence[Word]) -> None:
        title: str | None = None
        entry_id = ""
        classes: list[str] = []
        arguments = iter(words[1:])
        for word in arguments:
            option, equals, value = word.value.partition("=")
            if word.written in ("$menuentry_id_option", "${menuentry_id_option}"):
                option, equals = "--id", ""
            if option in _WITH_ARGUMENT:
                value = value if equals else getattr(next(arguments, None), "value", "")
                entry_id = value if option == "--id" else entry_id
                classes += [value] if option in ("--class", "-c") else []
            elif not option.startswith("--") and title is None:
                title = word.value
        parent = self.open_entries[-1] if self.open_entries else None
        number = self.counts.get(parent, 0)
        self.counts[parent] = number + 1
        path = str(number) if parent is None else f"{self.entries[parent].path}>{number}"
        title = title or ""
        is_submenu = words[0].value == "submenu"
        conditional = self.conditions > 0 or None in self.blocks
        entry = Entry(line, title, entry_id or title, tuple(classes), path, parent, is_submenu, conditional)
        self.entries.append(entry)
        self._begin_block(len(self.entries) - 1)
        self.open_entries.append(len(self.entries) - 1)

    def _begin_block(self, entry: int | None) -> None:
        self.blocks.append(entry)
        if len(self.blocks) > DEPTH_LIMIT:
            raise text_lines.too_large(
                f"This grub.cfg has blocks more than {DEPTH_LIMIT} deep; that is not plausible."
            )

    def _end_block(self) -> None:
        if not self.blocks:
            return
        if self.blocks.pop() is not None:
            self.open_entries.pop()

    def _linux(self, line: int, words: Sequence[Word], entry: int | None) -> None:
        start = words[2].start if len(words) > 2 else words[1].end
        end = words[-1].end
        self.linux.append(
            LinuxCommand(
                line=line,
                name=words[0].value,
                kernel=words[1].value,
                command_line=self.text[start:end],
                arguments=tuple(word.value for word in words[2:]),
                start=start,
                end=end,
                entry=entry,
            )
        )

    def _setting(self, line: int, words: Sequence[Word], entry: int | None) -> None:
        word = words[-1]
        match = re.match("([A-Za-z_][A-Za-z0-9_]*)=", word.written)
        if match and (len(words) == 1 or (len(words) == 2 and words[0].value == "set")):
            value = Word(0, 0, word.written[match.end() :]).value
            self.settings.append(Setting(line, match[1], value, word.start + match.end(), word.end, entry))

    def _search(self, line: int, words: Sequence[Word], entry: int | None) -> None:
        values = [word.value for word in words[1:]]
        by = next((_SEARCH_BY[value] for value in values if value in _SEARCH_BY), "file")
        variable = next((value.partition("=")[2] for value in values if value.startswith("--set=")), "root")
        plain = [value for value in values if not value.startswith("-")]
        self.searches.append(Search(line, variable, by, plain[-1] if plain else "", entry))

    def _line_of(self, place: int) -> int:
        self.line += self.text.count("\n", self.line_at, place)
        self.line_at = place
        return self.line


def parse(data: bytes) -> GrubCfg:
    """Return the model of a grub.cfg. Raises TooLarge."""
    return _parse_text(text_lines.decode(data, "grub.cfg"))


def _parse_text(text: str) -> GrubCfg:
    return _Reader(text).read()


def _written(value: str) -> str:
    return value if re.fullmatch("[A-Za-z0-9_.:/-]+", value) else _double_quoted(value)


def _double_quoted(value: str) -> str:
    return '"' + re.sub(r'[\\"]', lambda match: "\\" + match[0], value) + '"'
