r"""A kernel command line as whole words: /etc/kernel/cmdline, or the argument part of a boot loader's line.

The kernel (lib/cmdline.c next_arg) divides at white space outside double quotes; a quote may open anywhere in a
word (`a="x y"`, `"a=x y"`). In names `-` and `_` are the same (kernel/params.c parameq). What follows the
word `--` is for init and is never touched here. Order and spacing are kept: for most keys the last one wins, and
the last `console=` is /dev/console.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from guestfix.formats import lines as text_lines
from guestfix.formats.errors import TooLarge, ValueNotWritable
from guestfix.untrusted import shown

_SPACE = " \t\n\v\f\r"
_WORD = re.compile(rf'([{_SPACE}]*+)((?:"[^"]*+(?:"|\Z)|[^{_SPACE}"])++)')

LENGTH_LIMIT = 64 * 1024
"""Characters; the kernel itself takes 2048 (x86, arm64) to 4096 bytes."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word as written, with the white space before it."""

    gap: str
    written: str

    @property
    def meaning(self) -> str:
        """The word without the quotes that the kernel takes off: those around the word, and around the value."""
        if self.written.startswith('"'):
            word = self.written[1:]
            key, equals, value = word.removesuffix('"').partition("=")
            return key + equals + value.removeprefix('"')
        key, equals, value = self.written.partition("=")
        return key + equals + (value[1:].removesuffix('"') if value.startswith('"') else value)

    @property
    def key(self) -> str:
        """What stands before the first `=`, spelled with `_` for `-`."""
        return _canonical(self.meaning.partition("=")[0])

    @property
    def value(self) -> str | None:
        """What follows the first `=`; None without one."""
        _, equals, value = self.meaning.partition("=")
        return value if equals else None


@dataclass(frozen=True, slots=True)
class KernelCommandLine:
    """The words for the kernel, and `tail`: white space at the end, or `--` and what is for init."""

    words: tuple[Word, ...]
    tail: str = ""

    @property
    def text(self) -> str:
        """The command line as text."""
        return "".join(word.gap + word.written for word in self.words) + self.tail

    def render(self) -> bytes:
        """Return the command line as bytes."""
        return text_lines.encode(self.text)

    def values(self, key: str) -> tuple[str | None, ...]:
        """Return the values of every word with this key, in order; None stands for a word without `=`."""
        return tuple(word.value for word in self.words if word.key == _canonical(key))

    def get(self, key: str) -> str | None:
        """Return the last value of `key`, or None when it is absent or has none."""
        found = self.values(key)
        return found[-1] if found else None

    def has(self, key: str) -> bool:
        """Return whether a word has this key, with or without a value."""
        return bool(self.values(key))

    def with_value(self, key: str, value: str | None) -> KernelCommandLine:
        """Return the line with exactly one word of this key: in the first one's place, or at the end.

        `value` None writes the bare key. Raises ValueNotWritable.
        """
        if self.values(key) == (value,):
            return self
        word = written_word(key if value is None else f"{key}={value}")
        place = next((at for at, each in enumerate(self.words) if each.key == _canonical(key)), None)
        if place is None:
            return self._insert(len(self.words), word)
        kept = [*self.words[:place], Word(self.words[place].gap, word), *self.words[place + 1 :]]
        drop = {at for at, each in enumerate(kept) if at != place and each.key == _canonical(key)}
        return KernelCommandLine(tuple(kept), self.tail)._without(drop)

    def add(self, word: str) -> KernelCommandLine:
        """Return the line with `word` (unquoted) at the end, or itself when that exact word is there."""
        if any(each.meaning == word for each in self.words):
            return self
        return self._insert(len(self.words), written_word(word))

    def remove_word(self, word: str) -> KernelCommandLine:
        """Return the line without every word that is exactly `word` (`console=tty1` leaves `console=tty10`)."""
        return self._without({at for at, each in enumerate(self.words) if each.meaning == word})

    def remove_key(self, key: str) -> KernelCommandLine:
        """Return the line without every word of this key."""
        return self._without({at for at, each in enumerate(self.words) if each.key == _canonical(key)})

    @property
    def consoles(self) -> tuple[str, ...]:
        """The values of `console=`, in order; the last one becomes /dev/console."""
        return tuple(value for value in self.values("console") if value)

    def with_console(self, value: str, *, last: bool = True) -> KernelCommandLine:
        """Return the line with a console such as `ttyS0,115200n8`.

        With `last` it comes after every other console and is the only one for its device. Without, it is added
        before the other consoles unless its device is among them.
        """
        device = value.partition(",")[0]
        at = [place for place, word in enumerate(self.words) if word.key == "console"]
        same = [place for place in at if (self.words[place].value or "").partition(",")[0] == device]
        word = written_word(f"console={value}")
        if not last:
            return self if same else self._insert(at[0] if at else len(self.words), word)
        if at and same == at[-1:] and self.words[at[-1]].value == value:
            return self
        others = [place for place in at if place not in same]
        if same and (not others or others[-1] < same[-1]):
            place = same[-1]
            words = (*self.words[:place], Word(self.words[place].gap, word), *self.words[place + 1 :])
            return KernelCommandLine(words, self.tail)._without(set(same[:-1]))
        inserted = self._insert(others[-1] + 1 if others else len(self.words), word)
        return inserted._without(set(same))

    def _insert(self, place: int, written: str) -> KernelCommandLine:
        before, after = self.words[:place], self.words[place:]
        if not before and after:
            first = Word(after[0].gap, written)
            return KernelCommandLine((first, Word(" ", after[0].written), *after[1:]), self.tail)
        if not before:
            separator = " " if self.tail and self.tail[0] not in _SPACE else ""
            return KernelCommandLine((Word("", written),), separator + self.tail)
        return KernelCommandLine((*before, Word(" ", written), *after), self.tail)

    def _without(self, drop: set[int]) -> KernelCommandLine:
        if not drop:
            return self
        kept = [word for at, word in enumerate(self.words) if at not in drop]
        if kept and 0 in drop:
            kept[0] = Word(self.words[0].gap, kept[0].written)
        return KernelCommandLine(tuple(kept), self.tail)


def parse(data: bytes) -> KernelCommandLine:
    """Return the model of a command line that is a file of its own. Raises TooLarge."""
    return parse_text(text_lines.decode(data, "kernel command line"))


def parse_text(text: str) -> KernelCommandLine:
    """Return the model of a command line that is part of something else. Raises TooLarge."""
    if len(text) > LENGTH_LIMIT:
        raise TooLarge(
            f"A kernel command line of {len(text)} characters is not plausible.",
            hint=f"Kernels read at most a few thousand characters; {LENGTH_LIMIT} is the limit here.",
        )
    words: list[Word] = []
    end = 0
    while (match := _WORD.match(text, end)) and match[2] != "--":
        words.append(Word(match[1], match[2]))
        end = match.end()
    return KernelCommandLine(tuple(words), text[end:])


def written_word(meaning: str) -> str:
    """Return a word as it is written: the value in quotes when it holds white space. Raises ValueNotWritable."""
    text_lines.one_line(meaning, "a kernel command line")
    if '"' in meaning or not meaning:
        raise ValueNotWritable(
            f'"{shown(meaning)}" cannot be written as a word of a kernel command line.',
            hint="A word is not empty and holds no double quote: the kernel has no escape for it.",
        )
    if not set(meaning) & set(_SPACE):
        return meaning
    key, equals, value = meaning.partition("=")
    return f'{key}="{value}"' if equals and not set(key) & set(_SPACE) else f'"{meaning}"'


def _canonical(key: str) -> str:
    return key.replace("-", "_")
