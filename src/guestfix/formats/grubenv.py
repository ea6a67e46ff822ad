r"""GRUB's environment block, /boot/grub/grubenv: 1024 bytes, or GRUB refuses it (grub-core/lib/envblk.c).

A signature line, then `name=value` lines, then `#` up to the end. In values a backslash and a newline are escaped
by a backslash. Lines that begin with `#` are comments (RHEL writes one). GRUB rewrites the block in place while
booting, by block number, so its size never changes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from guestfix.formats import lines as text_lines
from guestfix.formats.errors import CannotEdit, GrubenvFull, GrubenvInvalid, ValueNotWritable
from guestfix.formats.lines import NotUnderstood
from guestfix.untrusted import shown

SIZE = 1024
SIGNATURE = "# GRUB Environment Block\n"

_LINE = re.compile(r"(?:\\.|[^\\\n])*+\n", re.DOTALL)
_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Grubenv:
    """The block: its lines after the signature, each with its newline, and the padding."""

    lines: tuple[str, ...]
    padding: str

    def render(self) -> bytes:
        """Return the 1024 bytes."""
        return text_lines.encode(SIGNATURE + "".join(self.lines) + self.padding)

    @property
    def variables(self) -> dict[str, str]:
        """The variables in order; of a name that occurs twice the last one wins, as in GRUB."""
        found: dict[str, str] = {}
        for line in self.lines:
            name, equals, written = line[:-1].partition("=")
            if equals and not line.startswith("#"):
                found[name] = re.sub(r"\\(.)", r"\1", written, flags=re.DOTALL)
        return found

    @property
    def not_understood(self) -> tuple[NotUnderstood, ...]:
        """Lines without `=`, and padding that is more than `#`."""
        found = [
            NotUnderstood(number, line[:-1], "no name=value")
            for number, line in enumerate(self.lines, 2)
            if "=" not in line and not line.startswith("#")
        ]
        if self.padding.strip("#"):
            found.append(
                NotUnderstood(len(self.lines) + 2, self.padding.rstrip("#"), "text after the last newline")
            )
        return tuple(found)

    def get(self, name: str) -> str | None:
        """Return the value of a variable, or None."""
        return self.variables.get(name)

    def with_value(self, name: str, value: str) -> Grubenv:
        """Return the block with a variable set, in its place or after the others.

        Raises ValueNotWritable, GrubenvFull and CannotEdit.
        """
        if not _NAME.fullmatch(name):
            raise ValueNotWritable(
                f'"{shown(name)}" is no name of a GRUB variable.', hint="Use letters, digits and underscores."
            )
        text_lines.one_line(value, "grubenv")
        if self.get(name) == value:
            return self
        line = f"{name}=" + value.replace("\\", "\\\\") + "\n"
        places = [at for at, each in enumerate(self.lines) if each.startswith(f"{name}=")]
        if not places:
            return self._with_lines((*self.lines, line))
        return self._with_lines((*self.lines[: places[-1]], line, *self.lines[places[-1] + 1 :]))

    def unset(self, name: str) -> Grubenv:
        """Return the block without a variable. Raises CannotEdit."""
        kept = tuple(each for each in self.lines if not each.startswith(f"{name}="))
        return self if kept == self.lines else self._with_lines(kept)

    def _with_lines(self, lines: tuple[str, ...]) -> Grubenv:
        if self.padding.strip("#"):
            raise CannotEdit(
                "This GRUB environment block has text behind its last line, which an edit would lose.",
                hint="Recreate it in the guest with grub-editenv.",
            )
        used = len(text_lines.encode(SIGNATURE + "".join(lines)))
        if used > SIZE:
            raise GrubenvFull(
                f"The GRUB environment block would need {used} bytes; it has {SIZE}.",
                hint="Unset a variable that is no longer needed, or shorten kernelopts.",
            )
        return Grubenv(lines, "#" * (SIZE - used))


def parse(data: bytes) -> Grubenv:
    """Return the model of an environment block. Raises GrubenvInvalid where GRUB would refuse it."""
    if len(data) != SIZE or not data.startswith(SIGNATURE.encode()):
        raise GrubenvInvalid(
            f"This is no valid GRUB environment block: {len(data)} bytes; GRUB wants {SIZE} and its signature.",
            hint="GRUB ignores it and boots with its defaults; recreate it in the guest with grub-editenv.",
        )
    text = text_lines.decode(data, "grubenv")[len(SIGNATURE) :]
    lines: list[str] = []
    at = 0
    while match := _LINE.match(text, at):
        lines.append(match[0])
        at = match.end()
    return Grubenv(tuple(lines), text[at:])
