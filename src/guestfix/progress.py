"""How a long piece of work says where it is, and how it is asked to stop.

The library takes a callback and a token and knows nothing of terminals; `guestfix.report.progress` prints stages.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from guestfix.errors import Cancelled


@dataclass(frozen=True)
class Stage:
    """One stage has begun: its name, for people, and the seconds since the work as a whole began.

    `name` is our own words; `detail` may hold names of a guest and must be escaped before it is shown.
    """

    name: str
    detail: str = ""
    seconds: float = 0.0


Listener = Callable[[Stage], None]


class Progress:
    """Tells a listener which stage has begun, with the time since this object was made."""

    def __init__(self, listener: Listener | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._listener = listener
        self._clock = clock
        self._start = clock()

    def stage(self, name: str, detail: str = "") -> None:
        """Say that the stage `name` begins; the one before it has ended."""
        if self._listener is not None:
            self._listener(Stage(name, detail, self._clock() - self._start))

    def done(self, detail: str = "") -> None:
        """Say that the last stage has ended."""
        self.stage("done", detail)


class Cancel:
    """A token by which a caller, in another thread or a signal handler, asks for an orderly stop."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def cancel(self) -> None:
        """Ask for the stop; may be called more than once."""
        self._asked.set()

    @property
    def asked(self) -> bool:
        """Whether a stop has been asked for."""
        return self._asked.is_set()

    def check(self) -> None:
        """Raise `Cancelled` if a stop has been asked for; called where stopping leaves nothing half done."""
        if self.asked:
            raise Cancelled(
                "Stopped because you asked for it.", hint="Nothing was left half done; run the same command again."
            )
