"""Flags of chattr(1) that stand in the way: recorded in the journal, lifted, and set again in the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from guestfix import journal_store
from guestfix.guest import paths
from guestfix.guest.errors import Protected
from guestfix.guest.protocol import GuestWriter
from guestfix.journal import Journal, Lifted

Result = TypeVar("Result")


class Protections:
    """Lifts flags for one run whose journal is `journal`; each is in the guest's journal before it is lifted.

    Asking a file for its flags costs forty times what any other question does, so it is asked only when something
    was refused.
    """

    def __init__(self, guest: GuestWriter, journal: Journal, folder: str) -> None:
        self.journal = journal
        self._guest = guest
        self._folder = folder

    def permitted(self, path: str, operation: Callable[[], Result]) -> Result:
        """Do `operation`; if flags of `path` or of its directory forbid it, lift them and do it again.

        `operation` must be one that can be begun anew. Raises Protected if it was not the flags.
        """
        try:
            return operation()
        except Protected:
            if not self._lift(path):
                raise
        return operation()

    def lift_again(self) -> None:
        """Lift what the journal says was lifted, wherever it is set."""
        for lifted in self.journal.lifted:
            if self._guest.link_status(lifted.path) is not None and self._guest.protection(lifted.path):
                self._guest.lift_protection(lifted.path)

    def restore(self) -> None:
        """Set what the journal says was lifted, on whatever is in the place now."""
        for lifted in self.journal.lifted:
            if self._guest.link_status(lifted.path) is not None:
                self._guest.restore_protection(lifted.path, lifted.letters)

    def _lift(self, path: str) -> bool:
        found = [
            Lifted(path=place, letters=letters)
            for place in (path, paths.parent(path))
            if self._guest.link_status(place) is not None and (letters := self._guest.protection(place))
        ]
        if not found:
            return False
        known = {lifted.path for lifted in self.journal.lifted}
        new = tuple(lifted for lifted in found if lifted.path not in known)
        if new:
            self.journal = self.journal.model_copy(update={"lifted": (*self.journal.lifted, *new)})
            journal_store.write(self._guest, self.journal, self._folder)
        for lifted in found:
            self._guest.lift_protection(lifted.path)
        return True
