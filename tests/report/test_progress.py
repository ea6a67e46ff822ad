from __future__ import annotations

import io

import pytest

from guestfix.errors import Cancelled
from guestfix.progress import Cancel, Progress, Stage
from guestfix.report.progress import progress_line, progress_listener


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(stream: io.StringIO, *, quiet: bool = False, verbose: bool = False) -> str:
    ticks = iter([100.0, 100.04, 112.3])
    progress = Progress(progress_listener(stream, quiet=quiet, verbose=verbose), clock=lambda: next(ticks))
    progress.stage("launching the appliance", "KVM")
    progress.done()
    return stream.getvalue()


LINES = "[  0.0 s] launching the appliance: KVM\n[ 12.3 s] done\n"


def test_a_terminal_sees_stages_with_the_time_since_the_start() -> None:
    assert run(Terminal()) == LINES


def test_a_pipe_sees_nothing_unless_verbose() -> None:
    assert run(io.StringIO()) == ""
    assert run(io.StringIO(), verbose=True) == LINES


def test_quiet_is_quiet() -> None:
    assert run(Terminal(), quiet=True, verbose=True) == ""


def test_names_of_a_guest_are_escaped() -> None:
    assert progress_line(Stage("reading", "\x1b[2J", 3600.0)) == "[3600.0 s] reading: \\x1b[2J"


def test_without_a_listener_nothing_happens() -> None:
    Progress().stage("inspecting")


def test_a_token_stops_at_the_next_check_and_stays_so() -> None:
    token = Cancel()
    token.check()
    token.cancel()
    token.cancel()
    with pytest.raises(Cancelled) as caught:
        token.check()
    assert caught.value.hint
    with pytest.raises(Cancelled):
        token.check()
