"""os-release(5): shell assignments without expansions, read only; defaults are those of the manual page."""

from __future__ import annotations

from dataclasses import dataclass

from guestfix.formats import shell_variables
from guestfix.formats.lines import NotUnderstood
from guestfix.formats.shell_variables import ShellVariables


@dataclass(frozen=True, slots=True)
class OsRelease:
    """What an operating system says of itself."""

    variables: ShellVariables

    def render(self) -> bytes:
        """Return the file's bytes."""
        return self.variables.render()

    @property
    def not_understood(self) -> tuple[NotUnderstood, ...]:
        """Lines that are no assignments."""
        return self.variables.not_understood

    @property
    def id(self) -> str:
        """The distribution, such as "debian"; "linux" when the file does not say."""
        return self.variables.get("ID") or "linux"

    @property
    def id_like(self) -> tuple[str, ...]:
        """The distributions that this one derives from, nearest first."""
        return tuple((self.variables.get("ID_LIKE") or "").split())

    @property
    def version_id(self) -> str | None:
        """The version, such as "12"; None for rolling releases and Debian's testing."""
        return self.variables.get("VERSION_ID") or None

    @property
    def pretty_name(self) -> str:
        """The name for people; "Linux" when the file does not say."""
        return self.variables.get("PRETTY_NAME") or "Linux"


def parse(data: bytes) -> OsRelease:
    """Return the model of an os-release file. Raises TooLarge."""
    return OsRelease(shell_variables.parse(data))
