"""modprobe.d(5): which modules are blacklisted, replaced by a command, renamed or given options.

A backslash at the very end of a line joins the next one (kmod's getline_wrapped). In names `-` and `_` are
the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from guestfix.formats import lines as text_lines
from guestfix.formats.lines import Line, NotUnderstood

_ARGUMENTS = {"alias": 2, "blacklist": 1, "install": 2, "remove": 2, "options": 2, "softdep": 2, "weakdep": 2}
"""The commands and how many arguments each needs."""

_WORDS_ONLY = frozenset({"alias", "blacklist"})
"""Commands that ignore what follows their arguments; the last argument of the others is the rest of the line."""


@dataclass(frozen=True, slots=True)
class Directive:
    """One command: its line number from 1, how many lines it spans, the keyword, and the arguments."""

    number: int
    lines: int
    keyword: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModprobeConf:
    """The file, as directives and lines."""

    lines: tuple[Line, ...]
    directives: tuple[Directive, ...]
    not_understood: tuple[NotUnderstood, ...]

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.join(self.lines)

    @property
    def blacklisted(self) -> frozenset[str]:
        """Modules that are not loaded through their aliases, spelled with `_`."""
        return frozenset(each.arguments[0].replace("-", "_") for each in self.of("blacklist"))

    @property
    def installs(self) -> dict[str, str]:
        """Modules (spelled with `_`) that a command replaces; /bin/true and /bin/false keep them from loading."""
        return {each.arguments[0].replace("-", "_"): each.arguments[1] for each in self.of("install")}

    def stopping(self, modules: Collection[str]) -> tuple[Directive, ...]:
        """Return the directives that keep one of these modules from loading: blacklist, install of true or false.

        An `install` that runs anything else loads the module in its own way, or is none of our business.
        """
        names = {name.replace("-", "_") for name in modules}
        return tuple(
            each
            for each in self.directives
            if each.arguments and each.arguments[0].replace("-", "_") in names and _stops(each)
        )

    def without(self, directives: Iterable[Directive]) -> ModprobeConf:
        """Return the file with these directives of it commented out."""
        numbers = {each.number + offset for each in directives for offset in range(each.lines)}
        commented = (
            Line(f"# {line.text.removesuffix(chr(92))}", line.ending) if number in numbers else line
            for number, line in enumerate(self.lines, 1)
        )
        return parse(text_lines.join(commented))

    def with_alias(self, name: str, module: str) -> ModprobeConf:
        """Return the file with one more alias at its end. Raises ValueNotWritable."""
        text = text_lines.one_line(f"alias {name} {module}", "modprobe.conf")
        return parse(
            text_lines.join((*text_lines.closed(self.lines), Line(text, text_lines.ending_of(self.lines))))
        )

    def of(self, keyword: str) -> tuple[Directive, ...]:
        """Return the directives with one keyword, in order."""
        return tuple(each for each in self.directives if each.keyword == keyword)


def parse(data: bytes) -> ModprobeConf:
    """Return the model of a modprobe.d file. Raises TooLarge."""
    lines = text_lines.split(data, "modprobe configuration")
    directives: list[Directive] = []
    not_understood: list[NotUnderstood] = []
    start = 0
    while start < len(lines):
        end = start
        while lines[end].text.endswith("\\") and end + 1 < len(lines):
            end += 1
        joined = "".join(line.text.removesuffix("\\") for line in lines[start:end]) + lines[end].text
        words = joined.split(None, 1)
        if words and not words[0].startswith("#"):
            needed = _ARGUMENTS.get(words[0])
            rest = words[1].rstrip() if len(words) > 1 else ""
            arguments = tuple(rest.split(None, (needed or 1) - (words[0] not in _WORDS_ONLY)))[:needed]
            if needed and len(arguments) == needed:
                directives.append(Directive(start + 1, end - start + 1, words[0], arguments))
            else:
                not_understood.append(NotUnderstood(start + 1, joined, "no command of modprobe.d"))
        start = end + 1
    return ModprobeConf(lines, tuple(directives), tuple(not_understood))


def _stops(directive: Directive) -> bool:
    if directive.keyword != "install":
        return directive.keyword == "blacklist"
    command = directive.arguments[1].split()
    return bool(command) and command[0].rpartition("/")[2] in {"true", "false", ":"}
