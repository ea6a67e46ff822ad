"""`login_on_serial`: start a login on the target's serial lines, and none on consoles that are gone."""

from __future__ import annotations

from pydantic import Field

from guestfix.actions._serial import serial_lines
from guestfix.changes import Note
from guestfix.formats.inittab import Inittab
from guestfix.rules.action import Edited, Params, Scope, Step
from guestfix.untrusted import shown


class LoginOnSerial(Params):
    """Where, and with which program."""

    consoles: tuple[str, ...] = Field(description="Values of console=; the serial lines among them get a login")
    programs: tuple[str, ...] = Field(min_length=1, description="Paths of getty; the first that is there is taken")
    gone: tuple[str, ...] = Field(default=(), description="Terminals of the old platform; their logins are off")


def run(document: Inittab, params: LoginOnSerial, scope: Scope, path: str) -> Edited[Inittab]:
    """Return inittab with a login on every serial line that has none."""
    notes: list[Note] = []
    edited = document
    lines = serial_lines(params.consoles)
    gone = set(params.gone) - {terminal for terminal, _ in lines}
    for entry in document.entries:
        name = next((word for word in entry.words if word.removeprefix("/dev/") in gone), None)
        if name is not None and entry.action in ("respawn", "once"):
            edited = edited.without(entry.number)
            notes.append(Note(line=entry.number, text=f"{shown(name)} is no terminal of the target"))
    program = next((each for each in params.programs if scope.guest.status(each) is not None), None)
    for terminal, speed in lines if program else []:
        if not any(terminal in entry.words for entry in edited.entries):
            process = f"{program} -L {speed} {terminal} vt100"
            edited = edited.with_entry(terminal.removeprefix("tty"), "2345", "respawn", process)
            notes.append(Note(text=f"a login starts on {terminal}, the target's console"))
    why_not = "every serial line of the target has a login" if program else "there is no getty"
    return Edited(edited, tuple(notes), why_not=why_not)


ACTION = Step(summary="Start a login on the target's serial lines", params=LoginOnSerial, run=run)
