"""mdadm.conf(5): which devices are searched for arrays, and what the arrays are called.

A line begins with a keyword of which three letters are enough, in any case. A line that begins with a blank goes
on with the one before. Words are parted by blanks; `#` begins a comment where a word would begin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from guestfix.formats import lines as text_lines
from guestfix.formats.lines import Line

DISABLED = "#guestfix# "
_BLANKS = " \t"


@dataclass(frozen=True, slots=True)
class MdadmConf:
    """The file, line by line."""

    lines: tuple[Line, ...]

    def render(self) -> bytes:
        """Return the file's bytes."""
        return text_lines.join(self.lines)

    @property
    def arrays(self) -> tuple[tuple[str, str], ...]:
        """Device and UUID (as mdadm writes it, with colons) of each ARRAY line that has both."""
        found: list[tuple[str, str]] = []
        for _, words in self._statements("array"):
            device = words[0] if words and "=" not in words[0] else ""
            uuid = next((word[5:] for word in words if word[:5].lower() == "uuid="), "")
            if device and uuid:
                found.append((device, uuid))
        return tuple(found)

    @property
    def device_lines(self) -> tuple[tuple[tuple[int, ...], tuple[str, ...]], ...]:
        """What DEVICE lines name: their line numbers, counted from 1, and the words after the keyword."""
        return tuple(self._statements("device"))

    def search_partitions(self, numbers: tuple[int, ...]) -> MdadmConf:
        """Return the file with the DEVICE statement on these lines as comments and `DEVICE partitions` before."""
        lines: list[Line] = []
        for number, line in enumerate(self.lines, 1):
            if number == numbers[0]:
                lines.append(Line("DEVICE partitions", line.ending or "\n"))
            lines.append(Line(DISABLED + line.text, line.ending) if number in numbers else line)
        return MdadmConf(tuple(lines))

    def _statements(self, keyword: str) -> Iterator[tuple[tuple[int, ...], tuple[str, ...]]]:
        """Yield line numbers and words of each statement, continuation lines included."""
        numbers: list[int] = []
        words: list[str] = []
        for number, line in enumerate(self.lines, 1):
            found = _words(line.text)
            if line.text[:1] and line.text[0] in _BLANKS:
                if found and words:
                    numbers.append(number)
                    words += found
                continue
            if not found:
                continue
            if words and _is(words[0], keyword):
                yield tuple(numbers), tuple(words[1:])
            numbers, words = [number], found
        if words and _is(words[0], keyword):
            yield tuple(numbers), tuple(words[1:])


def parse(data: bytes) -> MdadmConf:
    """Return the model of an mdadm.conf. Raises TooLarge."""
    return MdadmConf(text_lines.split(data, "mdadm.conf"))


def _words(text: str) -> list[str]:
    words: list[str] = []
    for word in text.replace("\t", " ").split(" "):
        if word.startswith("#"):
            break
        if word:
            words.append(word)
    return words


def _is(word: str, keyword: str) -> bool:
    return len(word) >= 3 and keyword.startswith(word.lower())
