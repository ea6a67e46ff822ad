"""Whether a guest's SSH server answers, through a port of this host that QEMU forwards."""

from __future__ import annotations

import socket

WAIT_S = 2.0
LONGEST = 255  # RFC 4253 section 4.2: the identification string, CR LF included
_LOOPBACK = "127.0.0.1"


def ssh_banner(port: int, wait_s: float = WAIT_S) -> str | None:
    """The identification string (`SSH-2.0-...`) of the server behind `port`, or None if none comes.

    QEMU takes the connection whether or not the guest listens, so only the guest's own words count.
    """
    try:
        with socket.create_connection((_LOOPBACK, port), timeout=wait_s) as connection:
            received = b""
            while b"\n" not in received and len(received) < LONGEST:
                part = connection.recv(LONGEST - len(received))
                if not part:
                    break
                received += part
    except OSError:
        return None
    if not received.startswith(b"SSH-"):
        return None
    return received.split(b"\n")[0].rstrip(b"\r").decode("ascii", "replace")


def free_port() -> int:
    """A loopback port that nobody listens on now; QEMU says so if it is taken by the time it starts."""
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        return int(probe.getsockname()[1])
