"""The few words of the QEMU Machine Protocol that the proof speaks, over a connected socket."""

from __future__ import annotations

import json
import socket
import time

from guestfix.boot.errors import QemuFailed
from guestfix.untrusted import shown

ANSWER_LIMIT = 1 << 20
Json = dict[str, object]


class Monitor:
    """One QMP session. `events` collects the names of the events that arrived, oldest first."""

    def __init__(self, connection: socket.socket, *, patience_s: float = 30.0) -> None:
        self._connection = connection
        self._patience = patience_s
        self._buffer = b""
        self.events: list[str] = []

    def greet(self) -> None:
        """Read QEMU's greeting and leave negotiation mode. Raises QemuFailed."""
        while "QMP" not in self._message():
            continue
        self.command("qmp_capabilities")

    def command(self, name: str, **arguments: object) -> object:
        """Run one command and return its value. Raises QemuFailed when QEMU refuses, ends or does not answer."""
        request = {"execute": name, "arguments": arguments} if arguments else {"execute": name}
        try:
            self._connection.sendall(json.dumps(request).encode() + b"\n")
        except OSError as problem:
            raise QemuFailed(f"QEMU ended before {name}") from problem
        while True:
            message = self._message()
            if "return" in message:
                return message["return"]
            if "error" in message:
                raise QemuFailed(f"QEMU refused {name}: {shown(str(message['error']))}")

    def human(self, line: str) -> str:
        """Run a line of the human monitor: there is no QMP for registers."""
        return str(self.command("human-monitor-command", **{"command-line": line}))

    def _message(self) -> Json:
        """The next message that is no event."""
        deadline = time.monotonic() + self._patience
        while True:
            line, found, rest = self._buffer.partition(b"\n")
            if found:
                self._buffer = rest
                message = _parsed(line)
                if "event" not in message:
                    return message
                self.events.append(str(message["event"]))
                continue
            self._receive(deadline)

    def _receive(self, deadline: float) -> None:
        if len(self._buffer) > ANSWER_LIMIT:
            raise QemuFailed("QEMU's monitor said more than any answer holds")
        self._connection.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            data = self._connection.recv(65536)
        except OSError as problem:
            raise QemuFailed(f"QEMU's monitor does not answer: {problem}") from problem
        if not data:
            raise QemuFailed("QEMU ended")
        self._buffer += data


def _parsed(line: bytes) -> Json:
    try:
        message = json.loads(line)
    except ValueError as problem:
        raise QemuFailed(f"QEMU's monitor said something that is no JSON: {shown(line)}") from problem
    if not isinstance(message, dict):
        raise QemuFailed(f"QEMU's monitor said something unexpected: {shown(line)}")
    return message
